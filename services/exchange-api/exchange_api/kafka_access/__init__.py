"""Who of the connected systems reads Kafka: rights there follow the register; passwords are given out, once each.

What flows through the topics is the channels' matter; how the broker's doors are kept, docs/kafka.md.
"""
