//! What a request says about who sends it.

use std::{borrow::Cow, fmt, net::SocketAddr};

use centrala_sip::{Method, Request, Uri};

use super::{
    Algorithm, Ha1, Qop,
    algorithm::Hex,
    guesses::UserId,
    nonces::{Issue, Use},
    proof::{Proof, Quality, ha2},
    raw,
};

/// Credentials that can be judged as soon as the secret of [`user`](Self::user) is known: they are
/// complete, and their nonce is ours.
pub struct Claim {
    pub(super) user: String,
    pub(super) id: UserId,
    /// What takes the place of the secret of a user that does not exist.
    pub(super) decoy: [u8; 32],
    pub(super) algorithm: Algorithm,
    pub(super) issue: Issue,
    pub(super) how: Use,
    /// In lower case.
    pub(super) response: Vec<u8>,
    pub(super) ha2: Hex,
    pub(super) source: SocketAddr,
    nonce: Vec<u8>,
    quality: Option<Counted>,
    uri: Vec<u8>,
}

/// The parameters that come with `qop`, as they were sent.
struct Counted {
    qop: Qop,
    token: Vec<u8>,
    count: Vec<u8>,
    cnonce: Vec<u8>,
}

impl Claim {
    /// Returns who the sender says that he is.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns which of his secrets is needed: never a session variant.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm.plain()
    }

    /// Returns the value of Authentication-Info for the response to a request that was accepted: by
    /// it the client sees that we know the secret, too (RFC 7616 section 3.5). `body` is that of
    /// the response. `None` for clients that sent no `qop`: they do not know it.
    #[must_use]
    pub fn confirmation(&self, secret: &Ha1, body: &[u8]) -> Option<String> {
        let quality = self.quality.as_ref()?;
        let body = (quality.qop == Qop::AuthInt).then_some(body);
        let ha2 = ha2(self.algorithm, "", &self.uri, body);
        let digest = self.proof(&quality.cnonce).response(secret.to_hex().as_bytes(), &ha2);
        let (count, cnonce) = (str::from_utf8(&quality.count), str::from_utf8(&quality.cnonce));
        let (count, cnonce) = (count.ok()?, cnonce.ok()?);
        let (qop, digest) = (quality.qop, digest.as_str());
        Some(format!("qop={qop}, rspauth=\"{digest}\", cnonce=\"{cnonce}\", nc={count}"))
    }

    pub(super) fn cnonce(&self) -> &[u8] {
        self.quality.as_ref().map_or(&[], |quality| &quality.cnonce)
    }

    pub(super) fn proof<'a>(&'a self, first_cnonce: &'a [u8]) -> Proof<'a> {
        let quality = self.quality.as_ref().map(|Counted { token, count, cnonce, .. }| Quality {
            qop: token,
            count,
            cnonce,
        });
        Proof { algorithm: self.algorithm, nonce: &self.nonce, quality, first_cnonce }
    }
}

/// Shows what is not worth anything to a listener.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("user", &self.user)
            .field("algorithm", &self.algorithm)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// The digest parameters of a request: each value as it was sent, without its quotes.
pub(super) struct Presented<'a> {
    pub(super) user: Cow<'a, str>,
    pub(super) nonce: &'a [u8],
    pub(super) uri: &'a [u8],
    response: &'a [u8],
    pub(super) algorithm: Algorithm,
    quality: Option<PresentedQuality<'a>>,
}

struct PresentedQuality<'a> {
    qop: Qop,
    token: &'a [u8],
    count: &'a [u8],
    number: u32,
    cnonce: &'a [u8],
}

/// The longest user name.
const MAX_USER_LEN: usize = 256;
/// The longest client nonce, which may have to be remembered.
const MAX_CNONCE_LEN: usize = 256;

/// What credentials are to us.
pub(super) enum Reading<'a> {
    /// For another realm.
    Foreign,
    /// For us, and not what we asked for.
    Unfit,
    /// To be judged.
    Fit(Presented<'a>),
}

impl<'a> Reading<'a> {
    /// Reads credentials for `realm`. A parameter that comes twice is refused: somebody else might
    /// read the other one.
    pub(super) fn of(
        credentials: &'a centrala_sip::Credentials,
        realm: &str,
        asked: (&[Algorithm], &[Qop]),
    ) -> Self {
        let mut values: Values<'a> = [None; NAMES.len()];
        let mut is_doubled = false;
        for (name, value) in credentials.params() {
            let place = NAMES.iter().position(|it| it.eq_ignore_ascii_case(name));
            if let Some(place) = place.and_then(|place| values.get_mut(place)) {
                is_doubled |= place.replace(raw(value)).is_some();
            }
        }
        let [theirs, ..] = values;
        if theirs.and_then(unescape).is_none_or(|theirs| theirs != realm) {
            return Self::Foreign;
        }
        let presented = Presented::read(values, asked).filter(|_| !is_doubled);
        presented.map_or(Self::Unfit, Self::Fit)
    }
}

/// The parameters that we look at.
const NAMES: [&str; 10] = [
    "realm",
    "username",
    "nonce",
    "uri",
    "response",
    "algorithm",
    "qop",
    "nc",
    "cnonce",
    "userhash",
];
type Values<'a> = [Option<&'a [u8]>; NAMES.len()];

impl<'a> Presented<'a> {
    /// Reads what we can verify and have asked for. `userhash` is not: we do not offer it.
    fn read(values: Values<'a>, (algorithms, qualities): (&[Algorithm], &[Qop])) -> Option<Self> {
        let [_, user, nonce, uri, response, algorithm, qop, count, cnonce, userhash] = values;
        let user = unescape(user?)?;
        let text = |value| str::from_utf8(value).ok();
        if userhash.is_some_and(|it| !it.eq_ignore_ascii_case(b"false")) {
            return None;
        }
        let algorithm = match algorithm {
            Some(token) => Algorithm::from_token(text(token)?)?,
            None => Algorithm::Md5,
        };
        let quality = match qop {
            Some(token) => {
                let qop = Qop::from_token(text(token)?)?;
                let (count, cnonce) = (count?, cnonce?);
                let number = read_count(count)?;
                qualities.contains(&qop).then_some(())?;
                Some(PresentedQuality { qop, token, count, number, cnonce })
            }
            // RFC 3261 section 22.4 bears clients of RFC 2069. They cover no body, so only where
            // that is not demanded.
            None => {
                let is_borne = qualities.is_empty() || qualities.contains(&Qop::Auth);
                (is_borne && !algorithm.is_session()).then_some(())?;
                None
            }
        };
        let is_fit = algorithms.contains(&algorithm)
            && user.len() <= MAX_USER_LEN
            && cnonce.is_none_or(|cnonce| cnonce.len() <= MAX_CNONCE_LEN);
        let (nonce, uri, response) = (nonce?, uri?, response?);
        is_fit.then_some(Self { user, nonce, uri, response, algorithm, quality })
    }

    /// Makes a claim of it, once the nonce is known to be ours. `hash` is a keyed one of the user.
    pub(super) fn claim(
        &self,
        request: &Request,
        (issue, hash): (Issue, [u8; 32]),
        source: SocketAddr,
    ) -> Claim {
        let covers_body = self.quality.as_ref().is_some_and(|it| it.qop == Qop::AuthInt);
        let body = covers_body.then(|| request.body());
        let method = request.method().as_str();
        let id = hash.first_chunk().map_or(0, |chunk| u128::from_be_bytes(*chunk));
        // No hash is longer than this, and what is longer is wrong anyway.
        let response = self.response.get(..65).unwrap_or(self.response);
        Claim {
            user: self.user.clone().into_owned(),
            id: UserId(id),
            decoy: hash,
            algorithm: self.algorithm,
            issue,
            how: self.quality.as_ref().map_or(Use::Once, |it| Use::Counted(it.number)),
            response: response.to_ascii_lowercase(),
            ha2: ha2(self.algorithm, method, self.uri, body.as_deref()),
            source,
            nonce: self.nonce.to_vec(),
            quality: self.quality.as_ref().map(|it| Counted {
                qop: it.qop,
                token: it.token.to_vec(),
                count: it.count.to_vec(),
                cnonce: it.cnonce.to_vec(),
            }),
            uri: self.uri.to_vec(),
        }
    }
}

/// Resolves the escapes of a quoted string, for what is compared and not hashed.
fn unescape(value: &[u8]) -> Option<Cow<'_, str>> {
    let text = str::from_utf8(value).ok()?;
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let is_escape = character == '\\';
        plain.push(if is_escape { characters.next()? } else { character });
    }
    Some(Cow::Owned(plain))
}

/// Reads a nonce count: one to eight hexadecimal digits, and not zero.
fn read_count(digits: &[u8]) -> Option<u32> {
    let is_count = (1..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let count = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    (is_count && count > 0).then_some(count)
}

/// Which Request-URIs the `uri` of credentials is good for.
///
/// RFC 7616 section 3.4.6 demands that both name the same resource. RFC 3261 section 22.4 knows that
/// they may differ, because proxies rewrite the Request-URI, and leaves the check to the server.
/// Without any, who catches an INVITE that never arrived could spend its credentials on a call to
/// somewhere else.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UriRule {
    /// They name the same user, whatever stands behind the `@`: proxies and phones change host,
    /// port and parameters, and all of them are ours. With REGISTER both may name anything: who is
    /// bound stands in To, and the method is covered.
    #[default]
    SameUser,
    /// Any: for servers behind a proxy that rewrites the user, too.
    Any,
}

impl UriRule {
    /// Returns whether credentials for `uri` may be used for a request.
    pub(super) fn admits(self, uri: &[u8], request: &Request) -> bool {
        match self {
            Self::Any => true,
            Self::SameUser => {
                *request.method() == Method::Register
                    || uri == request.uri().as_str().as_bytes()
                    || str::from_utf8(uri).is_ok_and(|uri| is_same_user(uri, request.uri()))
            }
        }
    }
}

fn is_same_user(uri: &str, other: &Uri) -> bool {
    uri.parse().is_ok_and(|uri: Uri| user_of(&uri) == user_of(other))
}

/// Returns the user, or the number of a `tel` URI, which a gateway may write either way.
fn user_of(uri: &Uri) -> Option<Cow<'_, [u8]>> {
    if uri.host().is_some() {
        return uri.user_decoded();
    }
    let specific = uri.scheme_specific();
    let number = specific.split_once(';').map_or(specific, |(number, _)| number);
    Some(Cow::Borrowed(number.as_bytes()))
}
