"""Speed and quality, measured: each module runs as `python -m benchmarks.NAME`."""
