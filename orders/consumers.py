"""The socket of an open page: join groups, pass nudges. No data of a patient ever travels here."""

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.utils import timezone

from accounts import selectors as accounts
from accounts.models import User


class DeskConsumer(AsyncJsonWebsocketConsumer):
    groups_joined: tuple = ()

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
        self.groups_joined = (f"person.{user.pk}", *(f"desk.{pk}" for pk in places))
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        await self.send_json({"topic": "hello"})

    async def disconnect(self, code):
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content, **kwargs):
        """Pages have nothing to say here except that they live."""
        if content.get("ping"):
            await self.send_json({"topic": "pong"})

    async def nudge(self, message):
        if message["topic"] in ("accounts.post_ended", "accounts.sessions_ended") and not await self._still_in():
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
