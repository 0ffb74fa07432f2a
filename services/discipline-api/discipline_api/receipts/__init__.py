"""Filing without an account, and following by the receipt alone: one mechanism for all who tell us something (M12).

The receipt is derived from the client's secret key, shown, and never stored; whoever repeats a filing with its key gets
the same receipt and never a second case. Nothing of the rights channel is used or seen here: RR01.
"""
