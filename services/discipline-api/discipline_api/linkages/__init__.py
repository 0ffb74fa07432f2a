"""处罚与会员资格联动 (measure 12, D23): what a bureau's penalty means for membership, explained and undone by fact.

停止执业 stops the rights of membership for the same interval (律协章程 39); 吊销 ends membership (recalled). The source
is never touched from here: when it falls, its consequence has fallen; the association may undo the consequence alone.
"""
