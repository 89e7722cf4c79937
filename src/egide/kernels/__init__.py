"""Kernels: numbers and arrays in, numbers and arrays out.

Job: the inner loops, compiled by Numba, scalar and serial.
Takes: SI floats and contiguous arrays.
Gives: arrays.
Never: imports anything but `units` and other kernels, raises, prints, validates.
"""
