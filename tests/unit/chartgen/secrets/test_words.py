"""Names as public charts have them: those of secrets, and those of what is said about secrets."""

from __future__ import annotations

import pytest

from chartgen.secrets.words import is_holder, is_inside, is_strong, kinds, looks_drawn, sounds_secret

SECRET = """
    password adminPassword postgresPassword replicationPassword rootPassword rootpassword redis-password
    MYSQL_ROOT_PASSWORD DB_PASS dbPass pass pw pwd PGPASSWORD passwords passwordHash argocdServerAdminPassword
    passphrase keyPassphrase smtp_passwd htpasswd secret secrets extraSecret clientSecret
    oauth2ClientSecret GITHUB_WEBHOOK_SECRET jwtSecret cookieSecret sessionSecret secretKey secret_key
    SECRET_KEY_BASE webserverSecretKey secretAccessKey AWS_SECRET_ACCESS_KEY token accessToken githubToken
    bearerToken BOT-TOKEN tokens rootToken apiKey api_key apikey APIkey OPENAI_API_KEY apiKeys accessKey
    privateKey private-key sshPrivateKey authKey encryptionKey fernetKey signingKey tls.key unsealKeys
    storageAccountKey licenseKey credentials credential googleCredentials connectionString dsn SENTRY_DSN
    salt AUTH_SALT secretId slackWebhookUrl slack_api_url kubeconfig .dockerconfigjson
""".split()  # noqa: SIM905
NO_SECRET = """
    existingSecret existingSecretName existingSecretPasswordKey existingPasswordSecret existingsecret secretName
    secretRef secretKeyRef secretNamespace secretAnnotations passwordKey adminPasswordKey userPasswordKey secretKeys
    passwordSecret imagePullSecrets imagePullSecret pullSecrets imagepullsecrets tlsSecret certSecret envFromSecret
    externalSecrets sealedSecrets secretStore secretProviderClass secretsManager tokenSeconds tokenTTL token_ttl
    tokenExpirationSeconds accessTokenLifetime tokenPath tokenFile PASSWORD_FILE usePasswordFiles passwordFiles
    passwordMinLength passwordPolicy passwordLength passwordCount secretType secretProvider tokenUrl tokenEndpoint
    tokenAudience tokenIssuer tokenReviewer passwordAuthentication passwordResetEnabled allowPasswordLogin usePassword
    secretsRevision secretsRotatedAt secretMounts extraSecretMounts automountServiceAccountToken accessKeyId
    argocdServerAdminPasswordMtime maxTokens tokensPerMinute tokenizer passwordless bypass proxy_pass passThrough
    publicKey routingKey key keys keyName author auth authority certificate tlsCert username host compass monkey
    passenger secretary description ingress keyspace annotations 0
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", SECRET)
def test_what_holds_a_secret_sounds_secret(name: str) -> None:
    assert sounds_secret(name)


@pytest.mark.parametrize("name", [*NO_SECRET, "", "/", "1.2"])
def test_what_is_about_a_secret_or_kept_elsewhere_does_not(name: str) -> None:
    assert not sounds_secret(name)


def test_one_of_several_names_is_enough() -> None:
    assert sounds_secret("db", "password", "0")
    assert not sounds_secret("db", "host")
    assert not sounds_secret()


@pytest.mark.parametrize(
    ("name", "parent", "inside"),
    [
        ("databaseUrl", True, True), ("A", True, True), ("0", True, True), ("password", False, True),
        ("databaseUrl", False, False), ("name", True, False), ("annotations", True, False), ("create", True, False),
        ("username", True, False), ("existingSecret", True, False), ("tokenUrl", True, True), ("tokenTTL", True, False),
    ],
)  # fmt: skip
def test_what_stands_below_a_secret_key_is_secret_but_for_its_settings(
    name: str, *, parent: bool, inside: bool
) -> None:
    assert is_inside(name, parent=parent) is inside


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("hunter2!", True), ("hunter22", False), ("Hunter22", True), ("hunte2!", False), ("stage", False),
        ("a" * 15, False), ("a" * 16, True), ("5432", False), ("1234567890123456", True), ("db-stage", False),
        ("db-stage1", False), ("db-2.stage.example", False), ("1.42.0-rc1", False),
        ("aB3/x:9.Qz", True), ("https://a.example/b", False), ("registry-of-stage-1", True),
        ("Zürich 8", True), ("", False),
    ],
)  # fmt: skip
def test_a_text_is_strong_by_its_length_or_by_its_kinds_of_characters(text: str, *, strong: bool) -> None:
    assert is_strong(text) is strong


@pytest.mark.parametrize(("text", "number"), [("", 0), ("aé", 1), ("aB", 2), ("a1", 2), ("aB1-", 4), ("-_ ", 1)])
def test_characters_are_of_four_kinds(text: str, number: int) -> None:
    assert kinds(text) == number


@pytest.mark.parametrize(
    ("name", "holds"),
    [("secrets", True), ("token", True), ("credentials", True), ("dbPass", True), ("passwordUpdateJob", False),
     ("credentialHelpers", False), ("tokens", True), ("secretStore", False), ("auth", False), ("", False)],
)  # fmt: skip
def test_a_key_holds_secrets_if_its_last_word_says_so(name: str, *, holds: bool) -> None:
    assert is_holder(name) is holds


@pytest.mark.parametrize(
    ("text", "drawn"),
    [("q-1-Abcd-99", True), ("0123456789abcdef", True), ("registry.example/Team-1/app", False), ("swordfish", False)],
)
def test_a_text_looks_drawn_if_it_is_strong_and_made_of_no_words(text: str, *, drawn: bool) -> None:
    assert looks_drawn(text) is drawn
