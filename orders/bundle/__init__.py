"""One order as a FHIR R4 Bundle: who, on whose order, with whose consent, what was done and measured, and the trace."""
