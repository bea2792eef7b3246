//! Scenarios for `sipp`, written step by step: what is sent, what must come back, what is lost.

use std::fmt::Write as _;

/// A scenario that is being written.
///
/// Its party is the caller ([`Scenario::caller`]) or the one who is called ([`Scenario::called`]);
/// each knows how its messages inside of the dialog look.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    steps: String,
    party: Party,
    number: &'static str,
    hops: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Caller,
    Called,
}

/// The branch of the INVITE, its CANCEL, and the ACK of its refusal.
const FIRST_BRANCH: &str = "z9hG4bK-[pid]-[call_number]-first";

/// How sound is offered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    Both,
    Hold,
    Nothing,
}

impl Direction {
    const fn attribute(self) -> &'static str {
        match self {
            Self::Both => "sendrecv",
            Self::Hold => "sendonly",
            Self::Nothing => "inactive",
        }
    }
}

/// A description of PCMU in this direction; `version` counts from 1.
fn session(version: u32, direction: Direction) -> String {
    format!(
        "v=0\no=peer 7 {version} IN IP[local_ip_type] [local_ip]\ns=-\n\
         c=IN IP[media_ip_type] [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP 0 101\n\
         a=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na={}\n",
        direction.attribute()
    )
}

impl Scenario {
    /// A caller with this number, who dials `-s`.
    pub(crate) const fn caller(number: &'static str) -> Self {
        Self { steps: String::new(), party: Party::Caller, number, hops: 0 }
    }

    /// A telephone with this number that is called.
    pub(crate) const fn called(number: &'static str) -> Self {
        Self { steps: String::new(), party: Party::Called, number, hops: 0 }
    }

    /// Any step.
    pub(crate) fn step(mut self, xml: &str) -> Self {
        self.steps.push_str(xml);
        self.steps.push('\n');
        self
    }

    /// Sends these lines, and a body.
    fn send(self, attributes: &str, lines: &str, body: Option<&str>) -> Self {
        let mut text = lines.trim_end().to_owned();
        match body {
            Some(body) => {
                write!(text, "\nContent-Type: application/sdp\nContent-Length: [len]\n\n{body}")
                    .unwrap();
            }
            None => text.push_str("\nContent-Length: 0\n\n"),
        }
        self.step(&format!("<send {attributes}><![CDATA[\n{text}\n]]></send>"))
    }

    /// Waits for a response.
    pub(crate) fn response(self, status: u16, attributes: &str) -> Self {
        self.step(&format!("<recv response=\"{status}\" {attributes}/>"))
    }

    /// Waits for a response that need not come.
    pub(crate) fn maybe(self, status: u16) -> Self {
        self.response(status, "optional=\"true\"")
    }

    /// Waits for a request.
    pub(crate) fn request(self, method: &str, attributes: &str) -> Self {
        self.step(&format!("<recv request=\"{method}\" {attributes}/>"))
    }

    /// Waits for a request in which `header` looks like this.
    pub(crate) fn request_with(self, method: &str, attributes: &str, checks: &[Check<'_>]) -> Self {
        let actions = checks.iter().map(Check::xml).collect::<String>();
        self.step(&format!(
            "<recv request=\"{method}\" {attributes}><action>{actions}</action></recv>"
        ))
    }

    /// Waits for a response that looks like this.
    pub(crate) fn response_with(self, status: u16, attributes: &str, checks: &[Check<'_>]) -> Self {
        let actions = checks.iter().map(Check::xml).collect::<String>();
        self.step(&format!(
            "<recv response=\"{status}\" {attributes}><action>{actions}</action></recv>"
        ))
    }

    pub(crate) fn pause(self, milliseconds: u32) -> Self {
        self.step(&format!("<pause milliseconds=\"{milliseconds}\"/>"))
    }

    pub(crate) fn label(self, name: &str) -> Self {
        self.step(&format!("<label id=\"{name}\"/>"))
    }

    /// The caller's INVITE; a second one is the first one again.
    pub(crate) fn invite(self, attributes: &str, direction: Direction) -> Self {
        let lines = format!(
            "INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={FIRST_BRANCH}\nMax-Forwards: 70\n\
             From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]p[call_number]\n\
             To: <sip:[service]@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\nCSeq: 1 INVITE\n\
             Contact: <sip:{number}@[local_ip]:[local_port]>",
            number = self.number
        );
        self.send(attributes, &lines, Some(&session(1, direction)))
    }

    /// The CANCEL of the INVITE.
    pub(crate) fn cancel(self, attributes: &str) -> Self {
        let lines = format!(
            "CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={FIRST_BRANCH}\n\
             Max-Forwards: 70\n\
             From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]p[call_number]\n\
             To: <sip:[service]@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\nCSeq: 1 CANCEL",
            number = self.number
        );
        self.send(attributes, &lines, None)
    }

    /// The ACK of a refusal: in the transaction of the INVITE.
    pub(crate) fn acknowledge_refusal(self, attributes: &str) -> Self {
        let lines = format!(
            "ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={FIRST_BRANCH}\n\
             Max-Forwards: 70\n\
             From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]p[call_number]\n[last_To:]\n\
             Call-ID: [call_id]\nCSeq: 1 ACK",
            number = self.number
        );
        self.send(attributes, &lines, None)
    }

    /// A request inside of the dialog.
    pub(crate) fn inside(
        self,
        method: &str,
        sequence: u32,
        attributes: &str,
        offer: Option<(u32, Direction)>,
    ) -> Self {
        let number = self.number;
        let parties = match self.party {
            Party::Caller => format!(
                "From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]p[call_number]\n[last_To:]"
            ),
            Party::Called => "From: [$ours]\nTo: [$theirs]".to_owned(),
        };
        let lines = format!(
            "{method} [next_url] SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n[routes]\n\
             Max-Forwards: 70\n{parties}\nCall-ID: [call_id]\nCSeq: {sequence} {method}\n\
             Contact: <sip:{number}@[local_ip]:[local_port]>"
        );
        let body = offer.map(|(version, direction)| session(version, direction));
        self.send(attributes, &lines, body.as_deref())
    }

    pub(crate) fn acknowledge(self, attributes: &str) -> Self {
        self.inside("ACK", 1, attributes, None)
    }

    /// A BYE with its repetitions, and its answer.
    pub(crate) fn hang_up(self, sequence: u32) -> Self {
        self.inside("BYE", sequence, "retrans=\"500\"", None).response(200, "")
    }

    /// A call of the caller up to its ACK.
    pub(crate) fn call(self) -> Self {
        self.invite("retrans=\"500\"", Direction::Both)
            .maybe(100)
            .maybe(180)
            .response(200, "rrs=\"true\"")
            .acknowledge("")
    }

    /// Waits for the INVITE of a call that came over so many hops, and keeps what its answers and
    /// requests of its own need.
    pub(crate) fn wait_for_call(mut self, hops: u32, checks: &[Check<'_>]) -> Self {
        self.hops = hops;
        let mut actions = String::from(
            "<ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"From:\" assign_to=\"theirs\"/>\
             <ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"To:\" assign_to=\"called\"/>\
             <ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"CSeq:\" assign_to=\"sequence\"/>\
             <assignstr assign_to=\"ours\" value=\"[$called];tag=[pid]c[call_number]\"/>",
        );
        let mut read = String::from("[$theirs] [$ours] [$sequence]");
        for hop in 1..=hops {
            write!(
                actions,
                "<ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"Via:\" occurence=\"{hop}\" \
                 check_it=\"true\" assign_to=\"via{hop}\"/>"
            )
            .unwrap();
            write!(read, " [$via{hop}]").unwrap();
        }
        actions.extend(checks.iter().map(Check::xml));
        // A variable that nobody reads is an error to SIPp: the log reads them all.
        self.step(&format!(
            "<recv request=\"INVITE\" rrs=\"true\"><action>{actions}\
             <log message=\"{read}\"/></action></recv>"
        ))
    }

    /// An answer to the INVITE.
    pub(crate) fn answer(self, status: &str, attributes: &str) -> Self {
        self.answer_with(status, attributes, None)
    }

    /// The 200 of a call, directly behind its INVITE or a pause.
    pub(crate) fn accept(self, attributes: &str) -> Self {
        self.answer_with("200 OK", attributes, Some(&session(1, Direction::Both)))
    }

    fn answer_with(self, status: &str, attributes: &str, body: Option<&str>) -> Self {
        let number = self.number;
        let vias = (1..=self.hops).map(|hop| format!("Via: [$via{hop}]\n")).collect::<String>();
        let route = if body.is_some() { "[last_Record-Route:]\n" } else { "" };
        let lines = format!(
            "SIP/2.0 {status}\n{vias}{route}From: [$theirs]\nTo: [$ours]\nCall-ID: [call_id]\n\
             CSeq: [$sequence]\nContact: <sip:{number}@[local_ip]:[local_port]>"
        );
        self.send(attributes, &lines, body)
    }

    /// An answer to a request inside of the dialog: its To has our tag.
    pub(crate) fn answer_inside(self, status: &str) -> Self {
        let lines = format!(
            "SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]"
        );
        self.send("", &lines, None)
    }

    /// Waits for the BYE, and takes it.
    pub(crate) fn wait_for_bye(self) -> Self {
        self.request("BYE", "").answer_inside("200 OK")
    }

    /// Returns the file.
    pub(crate) fn into_xml(self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"{}\">\n{}</scenario>\n",
            self.number, self.steps
        )
    }
}

/// What a message must look like; the call fails for `sipp` if it does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check<'a> {
    /// A name of its own.
    pub(crate) name: &'a str,
    /// A POSIX regular expression that is found somewhere in the message.
    pub(crate) found: &'a str,
}

impl Check<'_> {
    fn xml(&self) -> String {
        let Self { name, found } = self;
        format!(
            "<ereg regexp=\"{found}\" search_in=\"msg\" check_it=\"true\" assign_to=\"{name}\"/>\
             <log message=\"{name}: [${name}]\"/>"
        )
    }
}
