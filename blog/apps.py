from django.apps import AppConfig
from django.db.models.signals import post_save


class BlogConfig(AppConfig):
    name = "blog"
    verbose_name = "Editorial pages"

    def ready(self) -> None:
        from blog import shown
        from codes.views import public

        public.also.append(shown.last_turn)
        public.glossary.append(shown.terms)
        public.articles.append(shown.posts_about)
        post_save.connect(shown.tell_the_site, dispatch_uid="blog.tell_the_site")
