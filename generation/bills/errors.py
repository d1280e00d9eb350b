class BillError(Exception):
    """The bill cannot be read; the message says where and what to do. Nothing was compared or written."""
