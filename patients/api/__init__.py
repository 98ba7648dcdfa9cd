"""People, their papers and signatures, over HTTP."""
