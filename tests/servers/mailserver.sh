#!/usr/bin/env bash
# Real Dovecot + Postfix on loopback, in one throw-away directory. Needs root (both drop privileges).
#   mailserver.sh start DIR [BASEPORT]   -> writes DIR/env (KEY=VALUE lines), returns when all ports answer
#   mailserver.sh stop  DIR              -> stops by pid
#   mailserver.sh serve DIR              -> as root, starts and stops servers in /tmp/uketsuke-mail-* for tests that run as nobody
#                                           and find DIR in UKETSUKE_ROOT: the same commands then ask here
# Mailboxes: bot@, alice@ and any u-NAME@example.test (one per test: no clean-up between tests). Password of all: pw, and
# one that is long enough to be looked for in logs (CANARY).
# u-defer@ is answered 451 4.3.0, u-full@ 552 5.2.2 (at RCPT).
# NAME@HOST.example.jp (as in the sample mails) lands in the mailbox u-NAME-HOST@example.test, and everything
# @docomo.ne.jp, whose local parts may hold two dots in a row, in u-docomo@example.test.
# Any other address @example.test: 550 5.1.1. Any other domain: 550 5.4.4 on the submission ports, 554 5.7.1 on BASE+2.
# Tokens of OAuth2 are shown to http://127.0.0.1:BASE+5/introspect, which a test answers.
# Ports: BASE+0 imap(+STARTTLS)  +1 imaps  +2 smtp in (no auth)  +3 submission (STARTTLS+AUTH)  +4 submissions (implicit TLS)
set -euo pipefail
cmd=$1 D=$(realpath -m "$2") P=${3:-24140}
DOMAIN=example.test
CANARY=Canary-taken/+8Rk3vZ
# Alive and not a zombie (an un-reaped child still answers kill -0).
alive() { [ -s "$1" ] && grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$(tr -d ' ' <"$1")/status"; }

conf23() { cat <<C
protocols = imap lmtp
ssl = yes
ssl_cert = <$D/cert.pem
ssl_key = <$D/key.pem
disable_plaintext_auth = no
auth_username_format = %Ln
mail_location = maildir:~/Maildir
passdb {
  driver = static
  mechanisms = plain login
  args = password=pw
}
passdb {
  driver = static
  mechanisms = plain login
  args = password=$CANARY
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $D/dc/oauth2.conf
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$D/mail/%n allow_all_users=yes
}
C
}

conf24() { cat <<C
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {
  imap = yes
  lmtp = yes
}
ssl = yes
ssl_server_cert_file = $D/cert.pem
ssl_server_key_file = $D/key.pem
auth_allow_cleartext = yes
auth_username_format = %{user | username | lower}
mail_driver = maildir
mail_path = ~/Maildir
passdb static {
  mechanisms_filter = plain login
  password = pw
}
passdb canary {
  driver = static
  mechanisms_filter = plain login
  password = $CANARY
}
oauth2 {
  introspection_mode = post
  introspection_url = http://127.0.0.1:$((P+5))/introspect
  username_attribute = username
  active_attribute = active
  active_value = true
}
userdb static {
  allow_all_users = yes                            # else each is looked for among the passwords, which know mechanisms only
  fields {
    uid = nobody
    gid = nogroup
    home = $D/mail/%{user | username | lower}
  }
}
C
}

stop() {                                              # each master leads its own process group
  local f pids=()
  for f in "$D/pf/queue/pid/master.pid" "$D/dc/run/master.pid"; do alive "$f" && pids+=("$(tr -d ' ' <"$f")"); done
  [ ${#pids[@]} -gt 0 ] || return 0
  kill "${pids[@]}" 2>/dev/null || true
  for _ in $(seq 20); do
    grep -qs '^State:[[:space:]]*[^ZX]' $(printf '/proc/%s/status ' "${pids[@]}") || break; sleep .05
  done
  for p in "${pids[@]}"; do kill -KILL -- "-$p" 2>/dev/null || true; done
}

serve() {
  local id what dir port
  mkdir -p "$D"; mkfifo "$D/ask"; chown -R nobody "$D"
  exec 9<>"$D/ask"                                    # for both ways: never at its end
  while read -r -u 9 id what dir port; do
    case $what:$dir in start:/tmp/uketsuke-mail-* | stop:/tmp/uketsuke-mail-*) ;; *) continue ;; esac
    echo "$dir" >>"$D/dirs"
    (
      code=0; bash "$0" "$what" "$dir" "$port" >"$D/$id.said" 2>&1 9>&- || code=$?
      [ $code != 0 ] || [ "$what" != start ] || chown nobody "$dir" "$dir/key.pem" # the tests' own servers show it, too
      echo $code >"$D/$id.new"; mv "$D/$id.new" "$D/$id.done"
    ) &
  done
}

ask() {
  local id=$$.$RANDOM
  printf '%s\n' "$id $cmd $D $P" >"$UKETSUKE_ROOT/ask" # one short write: lines do not mix
  until [ -e "$UKETSUKE_ROOT/$id.done" ]; do sleep .05; done
  cat "$UKETSUKE_ROOT/$id.said" >&2
  exit "$(cat "$UKETSUKE_ROOT/$id.done")"
}

start() {
  for p in $P $((P+1)) $((P+2)) $((P+3)) $((P+4)); do
    if (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null; then echo "mailserver: port $p is taken" >&2; exit 1; fi
  done
  mkdir -p "$D"; chmod 755 "$D"                       # other uids must be able to walk in
  mkdir -p "$D"/{dc/run,mail,pf/etc,pf/data}
  # Leaf certificate that is its own trust anchor. CA:FALSE matters: rustls refuses a CA cert as server cert.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=localhost \
    -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
    -addext subjectAltName=DNS:localhost,DNS:mail.$DOMAIN,IP:127.0.0.1 -keyout "$D/key.pem" -out "$D/cert.pem" 2>/dev/null
  chown nobody:nogroup "$D/mail"; chmod 600 "$D/key.pem"
  case $(/usr/sbin/dovecot --version) in
  2.3.*) conf23 ;;                                    # Debian 12
  *) conf24 ;;                                        # Debian 13: another language; the two lines of versions come first
  esac >"$D/dc/dovecot.conf"
  printf '%s\n' 'introspection_mode = post' "introspection_url = http://127.0.0.1:$((P+5))/introspect" \
    'username_attribute = username' 'active_attribute = active' 'active_value = true' >"$D/dc/oauth2.conf"
  cat >>"$D/dc/dovecot.conf" <<C
base_dir = $D/dc/run
log_path = $D/dovecot.log
listen = 127.0.0.1
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
auth_verbose = yes
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 s
imap_idle_notify_interval = 10 s
namespace inbox {
  inbox = yes
  separator = /
  mailbox Gesendet {
    special_use = \Sent
  }
}
service imap-login {
  inet_listener imap {
    port = $((P))
  }
  inet_listener imaps {
    port = $((P+1))
    ssl = yes
  }
}
service lmtp {
  unix_listener $D/pf/queue/private/dovecot-lmtp {
    mode = 0600
    user = postfix
  }
}
service auth {
  unix_listener $D/pf/queue/private/auth {
    mode = 0600
    user = postfix
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
C
  cat >"$D/pf/etc/main.cf" <<C
compatibility_level = 3.6
queue_directory = $D/pf/queue
data_directory = $D/pf/data
maillog_file = $D/postfix.log
maillog_file_prefixes = $D
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.$DOMAIN
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:5.1.1 no local users here
default_transport = error:5.4.4 this test server never sends outside
virtual_alias_domains = regexp:{ { /^(([a-z0-9-]+\\.)?example|docomo\\.ne)\\.jp\$\$/ OK } }
virtual_alias_maps = regexp:{ { /^([a-z0-9-]+)@([a-z0-9-]+)\\.example\\.jp\$\$/ u-\$\$1-\$\$2@$DOMAIN }, { /@docomo\\.ne\\.jp\$\$/ u-docomo@$DOMAIN } }
virtual_mailbox_domains = $DOMAIN
virtual_mailbox_maps = regexp:{ { /^(bot|alice|u-[a-z0-9-]+)@example\\.test\$\$/ OK } }
virtual_transport = lmtp:unix:private/dovecot-lmtp
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_tls_cert_file = $D/cert.pem
smtpd_tls_key_file = $D/key.pem
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ { u-defer@$DOMAIN = 451 4.3.0 try again later }, { u-full@$DOMAIN = 552 5.2.2 mailbox full } }
smtp_tls_security_level = none
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
message_size_limit = 20480000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
C
  cat >"$D/pf/etc/master.cf" <<C
127.0.0.1:$((P+2)) inet n - n - - smtpd
127.0.0.1:$((P+3)) inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:$((P+4)) inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
cleanup unix n - n - 0 cleanup
qmgr    unix n - n 300 1 qmgr
tlsmgr  unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce  unix - - n - 0 bounce
defer   unix - - n - 0 bounce
trace   unix - - n - 0 bounce
verify  unix - - n - 1 verify
proxymap unix - - n - - proxymap
error   unix - - n - - error
retry   unix - - n - - error
discard unix - - n - - discard
lmtp    unix - - n - - lmtp
anvil   unix - - n - 1 anvil
scache  unix - - n - 1 scache
showq   unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
C
  # Postfix re-reads a config file younger than ~2 s again and again (300 ms naps); back-dating it saves those 2 s.
  touch -d '1 minute ago' "$D/pf/etc/main.cf" "$D/pf/etc/master.cf"
  # Queue tree by hand: 'postfix check/start' does the same but is slower.
  mkdir -p "$D"/pf/queue/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace,maildrop,public,pid}
  chown postfix "$D"/pf/queue/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace,maildrop,public} "$D/pf/data"
  chmod 700 "$D"/pf/queue/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,private,saved,trace} "$D/pf/data"
  chgrp postdrop "$D"/pf/queue/{maildrop,public}; chmod 730 "$D/pf/queue/maildrop"; chmod 710 "$D/pf/queue/public"
  # Close stdio: a daemon that keeps the caller's pipe open makes $(...) and test runners wait for ever.
  setsid /usr/sbin/dovecot -F -c "$D/dc/dovecot.conf" </dev/null >"$D/start.log" 2>&1 &
  setsid /usr/lib/postfix/sbin/master -c "$D/pf/etc" </dev/null >>"$D/start.log" 2>&1 &
  for p in $P $((P+1)) $((P+2)) $((P+3)) $((P+4)); do
    for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null && continue 2; sleep .03; done
    echo "mailserver: port $p did not open; see the logs:" >&2; tail -n 20 "$D"/*.log >&2; stop; exit 1
  done
  printf '%s\n' "MAIL_DIR=$D" "MAIL_CERT=$D/cert.pem" "MAIL_DOMAIN=$DOMAIN" "IMAP_PORT=$P" "IMAPS_PORT=$((P+1))" \
    "SMTP_PORT=$((P+2))" "SUBMISSION_PORT=$((P+3))" "SUBMISSIONS_PORT=$((P+4))" \
    "DOVECOT_PID=$(cat "$D/dc/run/master.pid")" "POSTFIX_PID=$(tr -d ' ' <"$D/pf/queue/pid/master.pid")" >"$D/env"
}
if [ -n "${UKETSUKE_ROOT:-}" ] && [ "$(id -u)" != 0 ]; then ask; else $cmd; fi
