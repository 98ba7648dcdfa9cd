"""Does what is stored equal what was sealed? Events, tree, heads, and what others keep of them."""
