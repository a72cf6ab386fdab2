"""Past one machine: a district's logs are one task of a Dask cluster.

source: which files, declared how. reference: what tasks know of the register. district: the task.
result: what it leaves behind. run: all districts on a cluster. load: results into a register.
"""
