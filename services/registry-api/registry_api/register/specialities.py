"""Fields in which a lawyer's professional standard has been assessed (律师专业水平评价; the list is recalled)."""

from contracts.labels import LabelledEnum


class Speciality(LabelledEnum):
    CRIMINAL = "criminal", "刑事", "criminal law"
    FAMILY = "family", "婚姻家庭", "family law"
    COMPANY = "company", "公司", "company law"
    FINANCE = "finance", "金融证券保险", "finance, securities and insurance"
    CONSTRUCTION = "construction", "建筑房地产", "construction and real estate"
    INTELLECTUAL_PROPERTY = "intellectual-property", "知识产权", "intellectual property"
    LABOUR = "labour", "劳动", "labour law"
    FOREIGN_RELATED = "foreign-related", "涉外", "foreign-related"
    ADMINISTRATIVE = "administrative", "行政", "administrative law"
