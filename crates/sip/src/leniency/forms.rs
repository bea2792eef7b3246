//! Which grammar each header has.

use super::{
    Leniency,
    address::{
        Brackets, accept_param, generic_param, media_param, reason_param, refresher_param,
        tag_param,
    },
    auth::AuthRole,
    reader::{Param, Reader, Step},
    uri::Place,
    values::Empty,
};
use crate::header_name::HeaderId;

/// Whether a header may be there more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Many,
}

/// Returns the grammar of a header and how often it may be there.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn form<'a>(id: HeaderId) -> (Times, fn(&mut Reader<'a>) -> Step) {
    use Times::{Many, Once};
    match id {
        HeaderId::VIA => (Many, |reader| reader.list(Reader::via)),
        HeaderId::FROM | HeaderId::TO => {
            (Once, |reader| reader.address(Place::FromOrTo, Brackets::Optional, tag_param))
        }
        HeaderId::CONTACT => (Many, Reader::contacts),
        HeaderId::ROUTE | HeaderId::RECORD_ROUTE | HeaderId::PATH | HeaderId::SERVICE_ROUTE => {
            (Many, |reader| {
                reader
                    .list(|reader| reader.address(Place::Route, Brackets::Required, generic_param))
            })
        }
        HeaderId::DIVERSION | HeaderId::HISTORY_INFO => (Many, |reader| {
            reader
                .list(|reader| reader.address(Place::Elsewhere, Brackets::Required, generic_param))
        }),
        HeaderId::P_ASSERTED_IDENTITY | HeaderId::P_PREFERRED_IDENTITY => (Many, |reader| {
            reader.list(|reader| {
                reader.address(Place::Elsewhere, Brackets::Optional, unexpected_param)
            })
        }),
        HeaderId::REPLY_TO
        | HeaderId::REFER_TO
        | HeaderId::REFERRED_BY
        | HeaderId::P_CALLED_PARTY_ID => {
            (Once, |reader| reader.address(Place::Elsewhere, Brackets::Optional, generic_param))
        }
        HeaderId::CALL_ID => (Once, |reader| reader.call_id(b"")),
        HeaderId::IN_REPLY_TO => (Many, |reader| reader.list(|reader| reader.call_id(b";,"))),
        HeaderId::REPLACES | HeaderId::JOIN | HeaderId::TARGET_DIALOG => (Once, |reader| {
            reader.call_id(b";,")?;
            reader.params(generic_param)
        }),
        HeaderId::CSEQ => (Once, Reader::cseq),
        HeaderId::RACK => (Once, Reader::rack),
        HeaderId::RSEQ => (Once, Reader::rseq),
        HeaderId::MAX_FORWARDS => (Once, |reader| reader.number(255)),
        HeaderId::EXPIRES
        | HeaderId::MIN_EXPIRES
        | HeaderId::FLOW_TIMER
        | HeaderId::CONTENT_LENGTH => (Once, |reader| reader.number(u32::MAX)),
        HeaderId::SESSION_EXPIRES => (Once, |reader| {
            reader.digits()?;
            reader.params(refresher_param)
        }),
        HeaderId::MIN_SE => (Once, Reader::min_se),
        HeaderId::RETRY_AFTER => (Once, Reader::retry_after),
        HeaderId::TIMESTAMP => (Once, Reader::timestamp),
        HeaderId::MIME_VERSION => (Once, Reader::mime_version),
        HeaderId::DATE => (Once, Reader::date),
        HeaderId::WARNING => (Many, |reader| reader.list(Reader::warning)),
        HeaderId::CONTENT_TYPE => (Once, |reader| {
            reader.media_range()?;
            reader.params(media_param)
        }),
        HeaderId::ACCEPT => (Many, |reader| {
            reader.list_or_nothing(|reader| {
                reader.media_range()?;
                reader.params(accept_param)
            })
        }),
        HeaderId::ACCEPT_ENCODING | HeaderId::ACCEPT_LANGUAGE => {
            (Many, |reader| reader.list_or_nothing(Reader::token_with_params))
        }
        HeaderId::ACCEPT_CONTACT | HeaderId::REJECT_CONTACT => {
            (Many, |reader| reader.list(Reader::token_with_params))
        }
        HeaderId::REASON => (Many, |reader| {
            reader.list(|reader| {
                reader.sws();
                reader.token()?;
                reader.attributes(reason_param)
            })
        }),
        HeaderId::IDENTITY => (Many, |reader| reader.list(Reader::identity)),
        HeaderId::CONTENT_DISPOSITION
        | HeaderId::EVENT
        | HeaderId::SUBSCRIPTION_STATE
        | HeaderId::ANSWER_MODE
        | HeaderId::PRIV_ANSWER_MODE
        | HeaderId::REFER_SUB => (Once, Reader::token_with_params),
        HeaderId::ALLOW | HeaderId::SUPPORTED => (Many, |reader| reader.tokens(Empty::Allowed)),
        HeaderId::REQUIRE
        | HeaderId::PROXY_REQUIRE
        | HeaderId::UNSUPPORTED
        | HeaderId::ALLOW_EVENTS
        | HeaderId::CONTENT_ENCODING
        | HeaderId::CONTENT_LANGUAGE
        | HeaderId::REQUEST_DISPOSITION => (Many, |reader| reader.tokens(Empty::Forbidden)),
        HeaderId::PRIVACY => (Once, Reader::privacy),
        HeaderId::PRIORITY | HeaderId::SIP_ETAG | HeaderId::SIP_IF_MATCH => {
            (Once, |reader| reader.token().map(|_| ()))
        }
        HeaderId::ALERT_INFO | HeaderId::CALL_INFO | HeaderId::ERROR_INFO => {
            (Many, |reader| reader.list(Reader::link))
        }
        HeaderId::P_CHARGING_VECTOR => (Once, Reader::charging_vector),
        HeaderId::WWW_AUTHENTICATE | HeaderId::PROXY_AUTHENTICATE => {
            (Many, |reader| reader.auth(AuthRole::Challenge))
        }
        HeaderId::AUTHORIZATION | HeaderId::PROXY_AUTHORIZATION => {
            (Many, |reader| reader.auth(AuthRole::Credentials))
        }
        HeaderId::AUTHENTICATION_INFO | HeaderId::PROXY_AUTHENTICATION_INFO => {
            (Once, |reader| reader.auth_params(AuthRole::Credentials))
        }
        HeaderId::USER_AGENT | HeaderId::SERVER => (Once, |reader| {
            reader.products();
            Ok(())
        }),
        HeaderId::SUBJECT | HeaderId::ORGANIZATION => (Once, free_text),
        _ => (Many, free_text),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of many grammars")]
fn free_text(reader: &mut Reader<'_>) -> Step {
    reader.text();
    Ok(())
}

fn unexpected_param(reader: &mut Reader<'_>, param: Param<'_>) {
    reader.note(Leniency::UnexpectedParameter, param.at);
}
