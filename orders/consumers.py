"""The socket of an open page: join groups, pass nudges. No data of a patient ever travels here."""

import logging
from contextlib import suppress
from uuid import uuid4

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone
from redis.exceptions import RedisError

from accounts import selectors as accounts
from accounts.models import User

log = logging.getLogger(__name__)
TRY_AGAIN_LATER = 1013
ENDING = ("accounts.post_ended", "accounts.sessions_ended", "accounts.password_changed")  # a session may be over


class DeskConsumer(AsyncJsonWebsocketConsumer):
    groups_joined: tuple = ()

    async def __call__(self, scope, receive, send):
        """Without the broker no nudge arrives: the page is sent away, so that it knows, and comes back by itself."""
        try:
            await super().__call__(scope, receive, send)
        except (RedisError, OSError) as lost:
            log.warning("socket without a broker", extra={"cause": type(lost).__name__})
            with suppress(RuntimeError):  # the page has gone already
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})

    async def connect(self):
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=4401)
            return
        self.user_id = user.pk
        epoch = self.scope["session"].get("epoch") if self.scope.get("session") else None
        places = await self._places(user, epoch)
        if places is None:
            await self.close(code=4401)
            return
        self.own = f"page.{uuid4().hex}"
        self.groups_joined = (self.own, f"person.{user.pk}", *(f"desk.{pk}" for pk in places))
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        await self.send_json({"topic": "hello"})

    async def disconnect(self, code):
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content, **kwargs):
        """
        Pages have nothing to say here except that they live.

        The answer goes the way of every nudge, through the broker and a group: a page whose groups were lost, because
        the broker forgot them or stands still, hears nothing and knows.
        """
        if content.get("ping"):
            await self.channel_layer.group_send(self.own, {"type": "pong"})

    async def pong(self, message):
        await self.send_json({"topic": "pong"})

    async def nudge(self, message):
        if message["topic"] in ENDING and not await self._still_in():
            await self.close(code=4401)
            return
        await self.send_json({key: message.get(key) for key in ("topic", "object", "id", "version")})

    @database_sync_to_async
    def _places(self, user, epoch):
        fresh = User.objects.filter(pk=user.pk, is_active=True).first()
        if fresh is None or (epoch is not None and epoch != fresh.session_epoch):
            return None
        self.epoch = fresh.session_epoch
        posts = accounts.posts_in_force(on=timezone.localdate()).filter(user=fresh)
        return frozenset(posts.values_list("organisation", flat=True))

    @database_sync_to_async
    def _still_in(self):
        return User.objects.filter(pk=self.user_id, is_active=True, session_epoch=self.epoch).exists()
