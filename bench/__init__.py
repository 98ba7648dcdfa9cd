"""What the platform's promises cost, measured. Nothing of the platform imports this package."""
