"""What a session remembers of its account, so that ending the account's sessions ends it on its next request."""

EPOCH = "epoch"
