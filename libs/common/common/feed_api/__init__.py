"""A feed over HTTP: the routes that offer it under the reader's rights, and the client that pulls it."""

from common.feed_api.client import EventHeldBack, HttpFeed
from common.feed_api.parked import parked_router
from common.feed_api.rights import FeedRights
from common.feed_api.routes import close_metrics, feed_router

__all__ = ["EventHeldBack", "FeedRights", "HttpFeed", "close_metrics", "feed_router", "parked_router"]
