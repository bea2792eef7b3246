//! Messages as a careful implementation writes them need no leniency.

use bytes::Bytes;
use centrala_sip::{Limits, Message, leniency::Leniency};

/// Checks each message, written with bare line feeds for the eye.
#[track_caller]
fn check(messages: &[&str]) {
    for text in messages {
        let text = Bytes::from(text.replace('\n', "\r\n"));
        let (_, departures) =
            Message::parse_noting(text.clone(), &Limits::default()).expect("a message");
        assert_eq!(departures, [], "{}", text.escape_ascii());
    }
}

#[test]
fn a_registration_needs_none() {
    check(&[
        "REGISTER sip:acme.example SIP/2.0
Via: SIP/2.0/TLS desk7.acme.example:5061;branch=z9hG4bKnashds7;rport;alias
Max-Forwards: 70
From: Ola <sips:ola@acme.example>;tag=456248
To: Ola <sips:ola@acme.example>
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
Contact: <sips:ola@192.0.2.4>;expires=7200;q=0.7;+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\";reg-id=1
Supported: path, outbound, gruu
Expires: 7200
User-Agent: Desk/7.2 (build 5; (nested \\) ) ) Core
Content-Length: 0

",
        "SIP/2.0 401 Unauthorized
Via: SIP/2.0/TLS desk7.acme.example:5061;branch=z9hG4bKnashds7;received=192.0.2.4;rport=49152
From: Ola <sips:ola@acme.example>;tag=456248
To: Ola <sips:ola@acme.example>;tag=9
Call-ID: 843817637684230@998sdasdh09
CSeq: 1826 REGISTER
WWW-Authenticate: Digest realm=\"acme.example\", domain=\"sip:acme.example\",
 nonce=\"f84f1cec41e6cbe5\", opaque=\"\", stale=FALSE, algorithm=SHA-256, qop=\"auth,auth-int\"
WWW-Authenticate: Bearer realm=\"acme.example\", scope=\"sip\"
Date: Tue, 24 Nov 2026 23:29:00 GMT
Content-Length: 0

",
        "REGISTER sip:acme.example SIP/2.0
Via: SIP/2.0/TLS desk7.acme.example:5061;branch=z9hG4bKnashd92;rport
Max-Forwards: 70
From: Ola <sips:ola@acme.example>;tag=ja743ks76zlflH
To: Ola <sips:ola@acme.example>
Call-ID: 843817637684230@998sdasdh09
CSeq: 1827 REGISTER
Contact: *
Expires: 0
Authorization: Digest username=\"ola\", realm=\"acme.example\" , nonce=\"f84f1cec41e6cbe5\",
\turi=\"sips:acme.example\",response=\"dfe56131d1958046689d83306477ecc\",qop=auth,
\tnc=00000001,cnonce=\"0a4f113b\",algorithm=SHA-256,opaque=\"\"
Authorization: Bearer mF_9.B5f-4.1JqM==
Content-Length: 0

",
        "SIP/2.0 200 OK
Via: SIP/2.0/TLS desk7.acme.example:5061;branch=z9hG4bKnashd92;received=2001:db8::7;rport=49152
From: Ola <sips:ola@acme.example>;tag=ja743ks76zlflH
To: Ola <sips:ola@acme.example>;tag=37GkEhwl6
Call-ID: 843817637684230@998sdasdh09
CSeq: 1827 REGISTER
Contact: <sips:ola@192.0.2.4>;expires=3600;pub-gruu=\"sips:ola@acme.example;gr=1\"
Service-Route: <sip:p2.acme.example;lr>, <sip:hsp.acme.example;lr>
Path: <sip:p3.acme.example;lr;ob>
Authentication-Info: nextnonce=\"47364c23432d2e131a5fb210812c\", qop=auth, rspauth=\"01ab\", cnonce=\"0a4f113b\", nc=00000001
P-Associated-URI: <sip:ola@acme.example>
Content-Length: 0

",
    ]);
}

#[test]
fn a_call_through_two_proxies_needs_none() {
    check(&[
        "INVITE sip:piotr@shop.example SIP/2.0
Record-Route: <sip:p2.shop.example;lr>, <sip:p1.acme.example;lr;transport=tcp>
Via: SIP/2.0/UDP p2.shop.example:5060;branch=z9hG4bK4b43c2ff8.1
Via: SIP/2.0/TCP p1.acme.example;branch=z9hG4bK77ef4c2312983.1;received=192.0.2.2,
 SIP/2.0/TCP [2001:db8::9]:5060;branch=z9hG4bKnashds8;received=2001:db8::9;ttl=16;maddr=239.0.0.1
Max-Forwards: 68
To: Piotr <sip:piotr@shop.example>
From: \"Ola \\\"O\\\" Łęcka\" <sip:ola@acme.example;user=phone>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 314159 INVITE
Contact: <sip:ola@pc33.acme.example>
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY
Supported: replaces, 100rel, timer
Require: 100rel
Session-Expires: 1800;refresher=uac
Min-SE: 90
P-Asserted-Identity: \"Ola\" <sip:ola@acme.example>, <tel:+48225550107>
Privacy: id;header
History-Info: <sip:desk@shop.example?Reason=SIP%3Bcause%3D302>;index=1, <sip:piotr@shop.example>;index=1.1;mp=1
Diversion: <sip:desk@shop.example>;reason=unconditional;counter=1;privacy=off
Alert-Info: <http://www.acme.example/sounds/moo.wav>;appearance=2
Call-Info: <http://www.acme.example/ola/photo.jpg> ;purpose=icon,
  <http://[2001:db8::9]:80/ola/> ;purpose=info
Answer-Mode: Auto;require
Subject: Łódź tomorrow?
Priority: urgent
Organization: Acme & Sons
Timestamp: 54.1 0.3
Accept: application/sdp;level=1, application/*;q=0.5, */*;q=0
Accept-Language: pl, en-gb;q=0.8, en;q=0.7
Accept-Encoding: gzip;q=1.000, *;q=0
Content-Disposition: session;handling=optional
Content-Language: en, pl
MIME-Version: 1.0
Date: Sat, 13 Nov 2010 23:29:00 GMT
Content-Type: multipart/mixed;boundary=\"a b\"
Content-Length: 0

",
    ]);
}

#[test]
fn the_rest_of_the_call_needs_none() {
    check(&[
        "SIP/2.0 183 Session Progress
Via: SIP/2.0/UDP p2.shop.example:5060;branch=z9hG4bK4b43c2ff8.1;received=192.0.2.3
To: Piotr <sip:piotr@shop.example>;tag=314159
From: \"Ola\" <sip:ola@acme.example>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 314159 INVITE
RSeq: 988789
Require: 100rel
Contact: <sip:piotr@192.0.2.4>
Reason: Q.850 ;cause=16 ;text=\"Call completed elsewhere\"
Warning: 307 isi.example \"Session parameter 'foo' not understood\",
 301 192.0.2.1:5060 \"Incompatible network address type 'E.164'\"
Server: Switch/1.0
Content-Length: 0

",
        "PRACK sip:piotr@192.0.2.4 SIP/2.0
Via: SIP/2.0/UDP pc33.acme.example;branch=z9hG4bKnashds9
Max-Forwards: 70
To: Piotr <sip:piotr@shop.example>;tag=314159
From: Ola <sip:ola@acme.example>;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 314160 PRACK
RAck: 988789 314159 INVITE
Route: <sip:p1.acme.example;lr>, <sip:p2.shop.example;lr>
Content-Length: 0

",
        "SIP/2.0 603 Nein, danke – später (100%25 sicher)
Via: SIP/2.0/UDP p2.shop.example:5060;branch=z9hG4bK4b43c2ff8.1
To: sip:piotr@shop.example;tag=314159
From: sip:ola@acme.example;tag=1928301774
Call-ID: a84b4c76e66710
CSeq: 314159 INVITE
Retry-After: 18000 (in a (long) meeting);duration=3600
Error-Info: <sip:sorry@shop.example>
Content-Length: 0

",
        "ACK sip:piotr@192.0.2.4 SIP/2.0
v: SIP/2.0/UDP pc33.acme.example;branch=z9hG4bKnashds9
f: <sip:ola@acme.example>;tag=1928301774
t: <sip:piotr@shop.example>;tag=314159
i: a84b4c76e66710
CSeq: 314159 ACK
Max-Forwards: 70
l: 0

",
    ]);
}

#[test]
fn transfers_and_subscriptions_need_none() {
    check(&[
        "REFER sip:piotr@192.0.2.4;gr=x SIP/2.0
Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bKna998sk
Max-Forwards: 70
To: <sip:piotr@shop.example>;tag=4992881234
From: <sip:ola@acme.example>;tag=193402342
Call-ID: 898234234@agenta.acme.example
CSeq: 93809823 REFER
Refer-To: <sip:dave@shop.example?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>
Referred-By: \"Ola\" <sip:ola@acme.example>;cid=\"20398823.2UWQFN309shb3@referrer.example\"
Refer-Sub: false
Contact: sip:ola@acme.example
Content-Length: 0

",
        "INVITE sip:dave@shop.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1
Max-Forwards: 70
To: <sip:dave@shop.example>
From: <sip:piotr@shop.example>;tag=8675309
Call-ID: 090459243588173445
CSeq: 5 INVITE
Replaces: 425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only
In-Reply-To: 70710@saturn.shop.example, 17320@saturn.shop.example
Reply-To: Piotr <sip:piotr@shop.example>
Contact: <sip:piotr@192.0.2.9>
Content-Length: 0

",
        "SUBSCRIBE sip:ola@acme.example SIP/2.0
Via: SIP/2.0/SCTP 192.0.2.9:5060;branch=z9hG4bK2
Max-Forwards: 70
To: <sip:ola@acme.example>
From: <sip:ola@acme.example>;tag=xfg9
Call-ID: \"quoted\"<x>@[::1]
CSeq: 17766 SUBSCRIBE
Event: dialog;id=7;call-id=\"a@b\"
Allow-Events: dialog, message-summary, refer
Accept: application/dialog-info+xml
Expires: 600
Contact: <sip:ola@192.0.2.9>
Content-Length: 0

",
        "NOTIFY sip:ola@192.0.2.9 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK3
Max-Forwards: 70
To: <sip:ola@acme.example>;tag=xfg9
From: <sip:ola@acme.example>;tag=ffd2
Call-ID: 2010@pc.acme.example
CSeq: 8775 NOTIFY
Event: message-summary
Subscription-State: active;expires=599;reason=probation;retry-after=5
Contact: <sip:acme.example>
Content-Type: application/simple-message-summary;charset=utf-8
Content-Length: 23

Messages-Waiting: yes
",
        "PUBLISH tel:+48-22-(555).0107;ext=7 SIP/2.0
Via: SIP/2.0/UDP h.acme.example.;branch=z9hG4bK4
Max-Forwards: 0
To: <tel:7042;phone-context=acme.example>
From: <urn:service:sos.fire>;tag=ffd3
Call-ID: 81818181@pua.acme.example
CSeq: 2147483647 PUBLISH
Event: presence
SIP-If-Match: dx200xyz
Content-Length: 0

",
    ]);
}

#[test]
fn an_unknown_header_may_say_what_it_likes() {
    check(&["SIP/2.0 200 OK
X-Any: ;;,,<<>>\"\"((\\ %%% łóź\t
X-Empty:
X-Folded: a
  \t
  b
Content-Length: 000

"]);
}

#[test]
fn a_list_of_leniencies_is_in_the_order_of_the_octets() {
    let text = Bytes::from_static(
        b"OPTIONS sip:#1@b_c sip/2.0\nTo: <sip:#2@b_c>;tag=\r\nMax-Forwards: 300 \r\n\r\n",
    );
    let (_, departures) = Message::parse_noting(text, &Limits::default()).expect("a message");
    let found: Vec<_> =
        departures.iter().map(|departure| (departure.leniency, departure.offset)).collect();
    assert_eq!(
        found,
        [
            (Leniency::UnescapedUser, 12),
            (Leniency::UnderscoreHost, 16),
            (Leniency::VersionCase, 19),
            (Leniency::BareLineFeed, 26),
            (Leniency::UnescapedUser, 36),
            (Leniency::UnderscoreHost, 40),
            (Leniency::EmptyTag, 48),
            (Leniency::NumberOutOfRange, 64),
            (Leniency::TrailingWhiteSpace, 67),
        ]
    );
}
