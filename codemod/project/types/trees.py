"""The methods of trees: django-mptt's, django-treebeard's, django-tree-queries'."""

from __future__ import annotations

BASES = ("mptt.models.MPTTModel", "treebeard.models.Node", "tree_queries.models.TreeNode")
OBJECTS = frozenset(
    """
    add_child add_sibling add_root get_root get_parent get_first_child get_last_child
    get_next_sibling get_prev_sibling get_previous_sibling get_first_sibling get_last_sibling
    """.split()
)
SETS = frozenset(
    "get_children get_descendants get_ancestors get_siblings get_family get_leafnodes get_tree "
    "get_root_nodes ancestors descendants".split()
)
