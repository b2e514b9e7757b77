"""What runs on the student's side: the zygote, its children, and the walls around them.

Nothing here knows pytest, the catalog or a hidden suite. The submission reaches a child over its socket.
"""
