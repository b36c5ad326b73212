"""Shapes: a task's types, reduced to what GraphQL can say."""
