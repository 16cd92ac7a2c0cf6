/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "repmon/crypto.h"
#include "repmon/oauth_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct oauth_server server = {.name = "Google",
                                           .extra = "access_type=offline",
                                           .scope = "https://x/scope",
                                           .describes = true};

static void files_of_googles_console_are_read(void **state)
{
    static const struct {
        const char *text, *problem; /* NULL: it is good */
    } cases[] = {
        {"{\"installed\":{\"client_id\":\"i\",\"client_secret\":\"s\"}}", NULL},
        {"{\"installed\":{\"client_id\":\"i\",\"client_secret\":\"s\","
         "\"token_uri\":\"https://a.example/t\"}}",
         NULL},
        {"{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":"
         "\"-----BEGIN PRIVATE KEY-----\\n\"}",
         NULL},
        {"", "not JSON"},
        {"[]", "neither"},
        {"{\"installed\":{\"client_id\":\"i\"}}", "client_secret"},
        {"{\"installed\":{\"client_id\":\"a b\",\"client_secret\":\"s\"}}", "client_id"},
        {"{\"installed\":{\"client_id\":\"i\",\"client_secret\":\"s\","
         "\"auth_uri\":\"http://a.example/\"}}",
         "auth_uri"},
        {"{\"web\":{\"client_id\":\"i\",\"client_secret\":\"s\"}}", "Desktop app"},
        {"{\"type\":\"authorized_user\",\"refresh_token\":\"secret\"}", "neither"},
        {"{\"type\":\"service_account\",\"client_email\":\"a@b\",\"private_key\":\"secret\"}",
         "private_key"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct oauth_client c = {.token_url = mem_dup("https://default.example/")};
        struct error err = {0};
        bool ok = oauth_client_read(cases[i].text, strlen(cases[i].text), &c, &err);
        if (ok != !cases[i].problem || (!ok && !strstr(err.text, cases[i].problem)) ||
            strstr(err.text, "secret\"}"))
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_non_null(c.token_url);
        oauth_client_fini(&c);
    }
}

static void the_address_to_open_has_all_it_needs(void **state)
{
    char address[] = "https://a/auth", id[] = "i d";
    struct oauth_client c = {.server = &server, .authorize_url = address, .id = id};
    const struct oauth_proof proof = {"http://localhost:1", "st", "verifier", "challenge"};
    struct buf url;
    (void)state;
    buf_init(&url, 4096);
    oauth_authorize_url(&c, &proof, &url);
    assert_string_equal(
        buf_text(&url),
        "https://a/auth?client_id=i%20d&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A1"
        "&access_type=offline&scope=https%3A%2F%2Fx%2Fscope&state=st&code_challenge=challenge"
        "&code_challenge_method=S256");
    buf_fini(&url);
}

static void what_went_wrong_is_told_in_googles_words(void **state)
{
    static const char text[] =
        "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been\\nrevoked.\"}";
    const struct oauth_body body = {400, text, sizeof text - 1};
    struct oauth_token t = {0};
    struct error err = {0};
    char code[OAUTH_ERROR_MAX];
    bool rotated;
    (void)state;
    assert_int_equal(oauth_reply_read(&server, &body, 0, &t, &rotated, code, &err), OAUTH_REFUSED);
    assert_string_equal(code, "invalid_grant");
    assert_string_equal(err.text,
                        "Google's login says \"invalid_grant\" (Token has been?revoked.)");
}

static void the_end_of_a_login_is_kept_where_it_is_named(void **state)
{
    static const char text[] =
        "{\"access_token\":\"a\",\"expires_in\":3599,\"refresh_token_expires_in\":604799}";
    const struct oauth_body body = {200, text, sizeof text - 1};
    struct oauth_token t = {.refresh = mem_dup("r")};
    char code[OAUTH_ERROR_MAX];
    bool rotated;
    (void)state;
    assert_int_equal(oauth_reply_read(&server, &body, 1000, &t, &rotated, code, NULL), OAUTH_NEW);
    assert_int_equal(t.ends, 1000 + 604799);
    assert_int_equal(oauth_reply_read(&server, &body, 1003, &t, &rotated, code, NULL), OAUTH_NEW);
    assert_int_equal(t.ends, 1000 + 604799); /* some seconds are no other end */
    assert_int_equal(oauth_reply_read(&server, &body, 99000, &t, &rotated, code, NULL), OAUTH_NEW);
    assert_int_equal(t.ends, 99000 + 604799);
    oauth_token_fini(&t);
}

/* ---- what a service account signs, verified by the openssl program ---- */

static char folder[64];

static char *run(const char *command)
{
    char line[512];
    struct buf out;
    buf_init(&out, 1 << 16);
    snprintf(line, sizeof line, "cd %s && %s", folder, command);
    FILE *p = popen(line, "r");
    assert_non_null(p);
    for (int c; (c = getc(p)) != EOF;)
        buf_char(&out, (char)c);
    pclose(p);
    return buf_take(&out);
}

static void put(const char *name, const void *data, size_t len)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static void decode(const char *part, size_t len, struct buf *out)
{
    char *text = mem_ndup(part, len);
    for (char *p = text; *p; p++)
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    buf_clear(out);
    assert_true(crypto_base64_decode(text, out));
    free(text);
}

static void a_jwt_is_verified_by_openssl(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/repmon-jwt-XXXXXX");
    assert_non_null(mkdtemp(folder));
    char *key = run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null");
    put("key.pem", key, strlen(key));
    char email[] = "a@b", id[] = "k1", url[] = "https://oauth2.googleapis.com/token";
    char user[] = "user@example.org";
    struct oauth_client c = {
        .server = &server, .email = email, .key = key, .key_id = id, .token_url = url};
    struct buf jwt, part;
    buf_init(&jwt, OAUTH_JWT_MAX);
    buf_init(&part, OAUTH_JWT_MAX);
    assert_true(oauth_jwt(&c, 1800000000, &jwt, NULL));
    const char *text = buf_text(&jwt), *dot = strchr(text, '.'), *last = strrchr(text, '.');
    assert_null(strpbrk(text, "+/="));
    decode(text, (size_t)(dot - text), &part);
    assert_string_equal(buf_text(&part), "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}");
    decode(dot + 1, (size_t)(last - dot - 1), &part);
    assert_string_equal(buf_text(&part),
                        "{\"iss\":\"a@b\",\"scope\":\"https://x/scope\",\"aud\":\"https://oauth2."
                        "googleapis.com/token\",\"iat\":1800000000,\"exp\":1800003600}");
    decode(last + 1, strlen(last + 1), &part);
    put("signature", part.data, part.len);
    put("signed", text, (size_t)(last - text));
    char *told = run("openssl pkey -in key.pem -pubout -out public.pem && openssl dgst -sha256 "
                     "-verify public.pem -signature signature signed 2>&1");
    assert_non_null(strstr(told, "Verified OK"));
    c.subject = user;
    assert_true(oauth_jwt(&c, 1800000000, &jwt, NULL));
    dot = strchr(buf_text(&jwt), '.');
    decode(dot + 1, (size_t)(strrchr(dot, '.') - dot - 1), &part);
    assert_non_null(strstr(buf_text(&part), ",\"sub\":\"user@example.org\"}"));
    free(told);
    free(run("rm -f key.pem public.pem signature signed"));
    rmdir(folder);
    buf_fini(&jwt);
    buf_fini(&part);
    free(key);
}

/* One with a password is none: nobody is there to be asked, and no terminal is. */
static void keys_that_can_t_sign(void **state)
{
    static const char *const commands[] = {
        "echo nonsense",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null",
        "openssl genpkey -algorithm RSA -aes128 -pass pass:secret 2>/dev/null"};
    (void)state;
    snprintf(folder, sizeof folder, "/tmp");
    for (size_t i = 0; i < COUNT(commands); i++) {
        char *key = run(commands[i]);
        char email[] = "a@b", url[] = "https://a/";
        struct oauth_client c = {.server = &server, .email = email, .key = key, .token_url = url};
        struct error err = {0};
        struct buf jwt;
        buf_init(&jwt, OAUTH_JWT_MAX);
        assert_false(oauth_jwt(&c, 1800000000, &jwt, &err));
        assert_non_null(strstr(err.text, "can't sign"));
        buf_fini(&jwt);
        free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_googles_console_are_read),
        cmocka_unit_test(the_address_to_open_has_all_it_needs),
        cmocka_unit_test(what_went_wrong_is_told_in_googles_words),
        cmocka_unit_test(the_end_of_a_login_is_kept_where_it_is_named),
        cmocka_unit_test(a_jwt_is_verified_by_openssl),
        cmocka_unit_test(keys_that_can_t_sign),
    };
    return cmocka_run_group_tests_name("oauth_client", tests, NULL, NULL);
}
