"""The worker: takes jobs off the queues, runs their tasks and stores how they ended.

`run.run_worker` is the way in; `serve.serve` is the same as a process of its own.
"""
