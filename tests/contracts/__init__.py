"""Exams that several implementations of one interface have to pass."""

import pytest

pytest.register_assert_rewrite("tests.contracts.provider")
