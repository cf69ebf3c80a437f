//! Events whose signatures hold, and which are not for this gateway, not of this time, or say two things at once.

use nanoark_nostr::EventCode::{
    EncryptionNotAllowed, Expired, NotAddressed, NotDecryptable, OutsideWindow, WrongKind, WrongTag,
};
use nanoark_nostr::encryption::Scheme;

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::Watch;
use crate::ceremonies::house::House;

pub(super) const GROUP: Group = Group {
    name: "tags",
    rows: 53,
    reasons: &[
        Why::Event(WrongKind),
        Why::Event(NotAddressed),
        Why::Event(WrongTag),
        Why::Event(OutsideWindow),
        Why::Event(Expired),
        Why::Event(NotDecryptable),
        Why::Event(EncryptionNotAllowed),
    ],
};

#[tokio::test]
async fn what_is_not_for_this_gateway_now_is_refused_before_anything_is_looked_up() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    house.fund(&alice, 50_000);
    let action = alice.transfer(&[(house.wallet(2).address(), 10_000)]).await;
    let forge = Forge::of(&alice.signed(&alice.intent("valid", action)));
    let sign = |forge: Forge| forge.sign(&alice.key);
    for kind in [
        0, 1, 4, 1_059, 22_242, 27_235, 31_340, 31_341, 31_342, 31_501, 31_502, 31_511, 31_513, 31_530, 65_535,
    ] {
        let name = format!("kind {kind}");
        watch
            .event(&name, sign(forge.clone().kind(kind)), Why::Event(WrongKind))
            .await;
    }
    addresses_and_names(&watch, &forge).await;
    times(&watch, &forge).await;
    encryption(&watch, &forge).await;
    assert!(house.calls("post-event").all().is_empty());
    watch.close().is(&GROUP);
    // The same event without a fault is taken.
    let (status, _) = alice.try_post(&sign(forge)).await;
    assert_eq!(status, http::StatusCode::ACCEPTED);
}

async fn addresses_and_names(watch: &Watch<'_>, forge: &Forge) {
    let (alice, bob) = (watch.house.wallet(1), watch.house.wallet(2));
    let gateway = alice.gateway().to_string();
    let npub = nanoark_nostr::key::npub(&alice.gateway());
    let rows: [(&str, Forge, Why); 22] = {
        let base = || forge.clone();
        let (addressed, tag) = (Why::Event(NotAddressed), Why::Event(WrongTag));
        [
            ("to nobody", base().without("p"), addressed),
            (
                "to somebody else",
                base().with("p", &bob.nostr().to_string()),
                addressed,
            ),
            ("to an npub", base().with("p", &npub), addressed),
            ("to capitals", base().with("p", &gateway.to_uppercase()), addressed),
            ("to an empty name", base().with("p", ""), addressed),
            ("to a tag without a value", base().without("p").and(&["p"]), addressed),
            (
                "to the gateway in the second place",
                base().without("p").and(&["p", "", &gateway]),
                addressed,
            ),
            (
                "to the gateway in capital P",
                base().without("p").and(&["P", &gateway]),
                addressed,
            ),
            ("without a name", base().without("d"), tag),
            ("with two names", base().and(&["d", "valid-0001"]), tag),
            ("with an empty name", base().with("d", ""), tag),
            ("with a name that has no value", base().without("d").and(&["d"]), tag),
            ("with a name too short", base().with("d", "seven-7"), tag),
            ("with a name too long", base().with("d", &"a".repeat(65)), tag),
            ("with a blank in its name", base().with("d", "valid 0001"), tag),
            (
                "with a letter beyond ASCII in its name",
                base().with("d", "välid-0001"),
                tag,
            ),
            (
                "with another name than in its content",
                base().with("d", "valid-0002"),
                tag,
            ),
            ("with two expirations", base().and(&["expiration", "1795263000"]), tag),
            (
                "with an expiration that is a word",
                base().with("expiration", "soon"),
                tag,
            ),
            (
                "with a signed expiration",
                base().with("expiration", "+1795263000"),
                tag,
            ),
            ("with a negative expiration", base().with("expiration", "-1"), tag),
            (
                "with an expiration beyond 64 bits",
                base().with("expiration", "18446744073709551616"),
                tag,
            ),
        ]
    };
    watch
        .events(rows.map(|(name, forge, why)| (name, forge.sign(&alice.key), why)))
        .await;
}

async fn times(watch: &Watch<'_>, forge: &Forge) {
    let alice = watch.house.wallet(1);
    let now = watch.house.now().as_seconds();
    let until = |seconds: u64| forge.clone().edited(|content| content["expires_at"] = seconds.into());
    let rows: [(&str, Forge, Why); 10] = {
        let base = || forge.clone();
        let (outside, expired) = (Why::Event(OutsideWindow), Why::Event(Expired));
        [
            ("of fifteen minutes ago", base().at(now - 901), outside),
            ("of a minute from now", base().at(now + 61), outside),
            ("of 1970", base().at(0), outside),
            ("of the end of time", base().at(u64::MAX), outside),
            (
                "that expired a second ago",
                base().with("expiration", &(now - 1).to_string()),
                expired,
            ),
            ("that expires now", base().with("expiration", &now.to_string()), expired),
            ("whose order expired", until(now - 1), expired),
            ("whose order expires now", until(now), expired),
            ("whose order holds for more than an hour", until(now + 3_601), outside),
            ("whose order holds for ever", until(u64::MAX), outside),
        ]
    };
    watch
        .events(rows.map(|(name, forge, why)| (name, forge.sign(&alice.key), why)))
        .await;
}

async fn encryption(watch: &Watch<'_>, forge: &Forge) {
    let (alice, bob) = (watch.house.wallet(1), watch.house.wallet(2));
    let gateway = alice.gateway();
    let nip44 = || forge.clone().with("encrypted", "nip44_v2");
    let sealed = |key, to| nip44().sealed(key, to, Scheme::Nip44, "{}");
    let rows: [(&str, Forge, Why); 6] = [
        (
            "encrypted in a way that nobody knows",
            forge.clone().with("encrypted", "rot13"),
            Why::Event(EncryptionNotAllowed),
        ),
        (
            "encrypted by NIP-04, which this gateway does not take",
            forge
                .clone()
                .with("encrypted", "nip04")
                .sealed(&alice.key, &gateway, Scheme::Nip04, "{}"),
            Why::Event(EncryptionNotAllowed),
        ),
        (
            "encrypted by NIP-04 under the name of NIP-44",
            nip44().sealed(&alice.key, &gateway, Scheme::Nip04, "{}"),
            Why::Event(WrongTag),
        ),
        (
            "said to be encrypted, in the clear",
            nip44(),
            Why::Event(NotDecryptable),
        ),
        (
            "encrypted for somebody else",
            sealed(&alice.key, &bob.nostr()),
            Why::Event(NotDecryptable),
        ),
        (
            "encrypted by somebody else",
            sealed(&bob.key, &gateway),
            Why::Event(NotDecryptable),
        ),
    ];
    watch
        .events(rows.map(|(name, forge, why)| (name, forge.sign(&alice.key), why)))
        .await;
}
