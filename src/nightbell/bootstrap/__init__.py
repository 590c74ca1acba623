"""The only place where adapters are chosen: one module for each thing that is put together.

``nightbell`` makes what takes calls; the others make what a served line has beside it. Nothing below may import
these, and they hold no rules of their own.
"""
