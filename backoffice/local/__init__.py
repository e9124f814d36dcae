"""bin/run, bin/manage and bin/test: the product on one machine, with servers of its own."""
