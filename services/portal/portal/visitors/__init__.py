"""Who looks at a page: the public, or a person who signed in; what he may do the services decide by his token."""

from portal.visitors.visitor import PUBLIC, CurrentVisitor, Visitor, VisitorFinder, require_sign_in, visitor_of

__all__ = ["PUBLIC", "CurrentVisitor", "Visitor", "VisitorFinder", "require_sign_in", "visitor_of"]
