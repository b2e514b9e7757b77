"""What a run leaves behind: the trace of one test, and the results made from traces.

Nothing here runs, prints or draws. The judge writes these records; reports only read them.
"""
