"""Modules whose functions and objects never hand out a model's object."""

from __future__ import annotations

import sys

#: Standard library modules whose functions hand back what they were given.
_PASSING = frozenset(
    """
    copy functools itertools operator collections contextlib typing types weakref asyncio queue
    concurrent threading multiprocessing pickle importlib inspect random heapq dataclasses enum abc
    contextvars unittest shelve marshal gc ast string builtins runpy
    """.split()
)
_CLOSED_PACKAGES = (
    "django.utils.", "django.core.", "django.urls.", "django.http.", "django.template.",
    "django.db.connection", "django.db.transaction", "requests.", "PIL.", "numpy.", "pandas.",
    "django.shortcuts.render", "django.shortcuts.redirect", "django.contrib.messages.",
    "django.conf.", "rest_framework.reverse", "django.test.", "openpyxl.", "structlog.", "celery.",
    "faker.", "freezegun.", "django.core.files.", "boto3.", "httpx.", "bs4.", "lxml.", "pytest.",
    "django.db.connections", "responses.", "anthropic.", "azure.", "botocore.", "docker.", "docx.",
    "elasticsearch.", "elasticsearch_dsl.", "fitz.", "git.", "github.", "gitlab.", "google.",
    "kubernetes.", "ldap.", "ldap3.", "markdown.", "matplotlib.", "openai.", "opensearchpy.",
    "paramiko.", "pikepdf.", "pygments.", "pymongo.", "pypdf.", "redis.", "reportlab.", "scipy.",
    "selenium.", "sendgrid.", "slack_sdk.", "stripe.", "twilio.", "weasyprint.", "xlrd.",
    "xlsxwriter.", "xlutils.", "xlwt.", "yaml.", "yara.", "zeep.", "zenpy.",
    "django_redis.", "elaphe.", "jwt.", "lief.", "oauthlib.", "pyotp.", "qrcode.",
    "requests_oauthlib.", "segno.", "simple_salesforce.",
    "atlassian.", "braintree.", "caldav.", "consul.", "dropbox.", "exchangelib.", "hvac.",
    "icalendar.", "imapclient.", "jira.", "minio.", "pika.", "plaid.", "pysftp.", "redminelib.",
    "shopify.", "telegram.", "trello.", "tweepy.", "vobject.",
    "algoliasearch.", "cloudinary.", "confluent_kafka.", "discord.", "gspread.", "influxdb.",
    "influxdb_client.", "kafka.", "keystoneauth1.", "mailchimp_marketing.", "meilisearch.",
    "novaclient.", "openstack.", "paypalrestsdk.", "pinecone.", "psycopg.", "psycopg2.",
    "pusher.", "pysolr.", "qdrant_client.", "razorpay.", "tldextract.", "typesense.", "weaviate.",
    "django.db.migrations.recorder.", "mypy_boto3_",
)  # fmt: skip


# What of these holds or makes objects of any kind.
_HOLDING = (
    "django.utils.functional.", "django.utils.module_loading.", "django.core.paginator.",
)  # fmt: skip
# Methods that give back what was stored.
_STORED = ("get", "get_many", "get_or_set", "aget", "aget_many", "aget_or_set")


def gives_back(dotted: str, method: str) -> bool:
    """Whether a method of a package's object gives back whatever was put into it: a cache's."""
    return f"{dotted}.".startswith("django.core.cache.cache") and method in _STORED


def gives_no_models(dotted: str) -> bool:
    """Whether nothing that comes out of a dotted external name is of a model."""
    top = dotted.partition(".")[0]
    if top in sys.stdlib_module_names:
        return top not in _PASSING
    owner, _, method = dotted.rpartition(".")
    if dotted.startswith(_HOLDING) or ".serializers." in dotted or gives_back(owner, method):
        return False
    return dotted.startswith(_CLOSED_PACKAGES)
