import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


def test_a_user_is_found_by_address_however_it_is_written(client):
    user = User.objects.create_user("  Ana.Lee@Example.COM ", PASSWORD)

    assert str(user) == "ana.lee@example.com"
    assert User.objects.get_by_natural_key("ANA.LEE@example.com") == user
    assert client.login(username="Ana.Lee@example.com", password=PASSWORD)
    assert not (user.is_staff or user.is_superuser)


def test_a_superuser_may_everything():
    user = User.objects.create_superuser("root@example.com", PASSWORD)

    assert user.is_staff
    assert user.has_perm("accounts.delete_user")


@pytest.mark.parametrize("email", ["", None])
def test_a_user_needs_an_address(email):
    with pytest.raises(ValueError, match="needs an e-mail address"):
        User.objects.create_user(email, PASSWORD)


def test_one_address_is_one_user():
    User.objects.create_user("ana@example.com")

    with pytest.raises(ValidationError, match="already"):
        User(email="ANA@example.com", password="x").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("Ana@Example.com")


def test_the_database_holds_lower_case_only():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="Ana@example.com")])


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-but-odd", None),
        ("elevenchars", "too short"),
        ("passwordpassword", None),
        ("123456789012", "entirely numeric"),
        ("ana.lee@example", "too similar"),
    ],
)
def test_passwords_have_twelve_characters_and_are_not_the_address(password, reason):
    from django.contrib.auth.password_validation import validate_password

    user = User(email="ana.lee@example.com")
    if reason:
        with pytest.raises(ValidationError, match=reason):
            validate_password(password, user)
    else:
        validate_password(password, user)


@pytest.mark.urls("tests.rvuedge.urls")
def test_the_admin_creates_and_edits_users(admin_client):
    created = admin_client.post(
        "/admin/accounts/user/add/",
        {
            "email": "New@Example.com",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    user = User.objects.get(email="new@example.com")
    assert created.headers["Location"] == f"/admin/accounts/user/{user.pk}/change/"
    assert user.check_password(PASSWORD)

    edited = admin_client.post(
        f"/admin/accounts/user/{user.pk}/change/", {"email": "Newer@example.com", "is_staff": "on"}
    )
    assert edited.status_code == 302
    user.refresh_from_db()
    assert (user.email, user.is_staff, user.is_active) == ("newer@example.com", True, False)
    assert admin_client.get("/admin/accounts/user/?q=newer").status_code == 200
