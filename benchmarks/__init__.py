"""What the product is measured with: benchmarks/run."""
