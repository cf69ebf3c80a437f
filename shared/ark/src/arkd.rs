//! The client of one arkd.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bitcoin::{OutPoint, Psbt, ScriptBuf, Txid};
use bytes::Bytes;
use http::Method;
use nanoark_ark_verifier::asset::AssetId;
use nanoark_domain::time::{Seconds, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base64_psbt::{self, MAX_PSBT_BYTES};
use crate::breaker::Breaker;
use crate::error::ArkdError;
use crate::exchange::{ArkdReply, ArkdRequest, Exchange, Http, InvalidArkd, Limits};
use crate::indexer::{AssetDetails, AssetDetailsBody, IndexedVtxo, VirtualTxsBody, VtxoFilter, VtxosBody};
use crate::info::OperatorInfo;
use crate::info::answer::InfoBody;
use crate::refusal::Refusal;
use crate::submission::{FinalizeBody, PendingAnswer, PendingBody, SubmitBody, Submitted, SubmittedBody};

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How many scripts or outpoints one query asks for: 20 of them make 1.4 KiB of a URL.
const PER_QUERY: usize = 20;

/// How many VTXOs one page holds; arkd's own limit.
const PAGE_SIZE: usize = 100;

/// A client of arkd. Clones share what they know of it: its terms, and whether it answers.
#[derive(Clone)]
pub struct Arkd {
    exchange: Arc<dyn Exchange>,
    limits: Limits,
    now: Clock,
    known: Arc<Known>,
}

struct Known {
    breaker: Mutex<Breaker>,
    info: Mutex<Option<(Timestamp, OperatorInfo)>>,
}

impl Arkd {
    /// The arkd at `url`, whose certificate may also be signed by one of `extra_ca_pem`. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`InvalidArkd`].
    pub fn new(url: &str, limits: Limits, extra_ca_pem: Option<&[u8]>, now: Clock) -> Result<Self, InvalidArkd> {
        let http = Http::new(url, &limits, extra_ca_pem)?;
        Ok(Self::over(Arc::new(http), limits, now))
    }

    /// The arkd at the other end of `exchange`.
    #[must_use]
    pub fn over(exchange: Arc<dyn Exchange>, limits: Limits, now: Clock) -> Self {
        Self {
            exchange,
            limits,
            now,
            known: Arc::new(Known {
                breaker: Mutex::new(Breaker::new(limits.breaker)),
                info: Mutex::new(None),
            }),
        }
    }

    /// Whether calls go through: arkd has answered of late, or has not been asked.
    #[must_use]
    pub fn is_answering(&self) -> bool {
        lock(&self.known.breaker).is_closed()
    }

    /// The operator's terms: those last heard, unless that is longer ago than [`Limits::info_for`].
    ///
    /// # Errors
    ///
    /// [`ArkdError`].
    pub async fn info(&self) -> Result<OperatorInfo, ArkdError> {
        match self.known_info() {
            Some(info) => Ok(info),
            None => self.fresh_info().await,
        }
    }

    /// The operator's terms, asked for in any case.
    ///
    /// # Errors
    ///
    /// [`ArkdError`].
    pub async fn fresh_info(&self) -> Result<OperatorInfo, ArkdError> {
        let asked_at = (self.now)();
        let reply = self.twice(&get("/v1/info".to_owned())).await?;
        let info = OperatorInfo::new(parse::<InfoBody>(&reply, "info")?.parse()?);
        *lock(&self.known.info) = Some((asked_at, info.clone()));
        Ok(info)
    }

    /// The coins under these scripts, of all pages, of those that changed after `after` (milliseconds since the Unix epoch) if
    /// it is given. A coin that changes meanwhile may be missing; the next query has it.
    ///
    /// # Errors
    ///
    /// [`ArkdError`]; [`ArkdError::TooLarge`] beyond [`Limits::max_vtxos`].
    pub async fn vtxos_of(
        &self,
        scripts: &[ScriptBuf],
        filter: VtxoFilter,
        after: Option<u64>,
    ) -> Result<Vec<IndexedVtxo>, ArkdError> {
        let asked: BTreeSet<_> = scripts.iter().collect();
        let mut found = Vec::new();
        for some in asked.iter().collect::<Vec<_>>().chunks(PER_QUERY) {
            let scripts = some.iter().map(|script| ("scripts", script.to_hex_string()));
            let filter = filter.parameter().map(|parameter| (parameter, "true".to_owned()));
            let after = after.map(|milliseconds| ("after", milliseconds.to_string()));
            let query = query_of(scripts.chain(filter).chain(after));
            self.pages(&query, &mut found).await?;
        }
        // Whatever else arkd may answer was not asked for.
        found.retain(|vtxo| asked.contains(&vtxo.script_pubkey));
        Ok(found)
    }

    /// The coins at these places, as far as arkd knows them.
    ///
    /// # Errors
    ///
    /// [`ArkdError`].
    pub async fn vtxos_at(&self, outpoints: &[OutPoint]) -> Result<Vec<IndexedVtxo>, ArkdError> {
        let asked: BTreeSet<_> = outpoints.iter().collect();
        let mut found = Vec::new();
        for some in asked.iter().collect::<Vec<_>>().chunks(PER_QUERY) {
            let query = query_of(some.iter().map(|outpoint| ("outpoints", outpoint.to_string())));
            self.pages(&query, &mut found).await?;
        }
        found.retain(|vtxo| asked.contains(&vtxo.outpoint));
        Ok(found)
    }

    /// Submits an ark transaction that its owners have signed, with its unsigned checkpoints. `digest` names the terms that it
    /// was built on. Asked once: when the outcome is not known, only arkd's records tell.
    ///
    /// # Errors
    ///
    /// [`ArkdError`], in particular [`ArkdError::outcome_unknown`] and [`Refusal::is_duplicate`].
    pub async fn submit(&self, digest: &str, ark_tx: &Psbt, checkpoints: &[Psbt]) -> Result<Submitted, ArkdError> {
        let mut request = post("/v1/tx/submit", &SubmitBody::new(ark_tx, checkpoints))?;
        request.digest = named(digest);
        let result = self.once(request).await;
        if result.as_ref().is_err_and(ArkdError::is_digest_mismatch) {
            self.forget_info();
        }
        parse::<SubmittedBody>(&result?, "submission")?.parse()
    }

    /// Makes a submitted transaction final, with the checkpoints signed by owners and operator. Asked once: arkd gives up the
    /// transaction on any error.
    ///
    /// # Errors
    ///
    /// [`ArkdError`], in particular [`ArkdError::outcome_unknown`] and [`Refusal::is_past_its_stage`].
    pub async fn finalize(&self, ark_txid: Txid, checkpoints: &[Psbt]) -> Result<(), ArkdError> {
        let mut request = post("/v1/tx/finalize", &FinalizeBody::new(ark_txid, checkpoints))?;
        request.digest = self.known_digest();
        let result = self.once(request).await;
        if result.as_ref().is_err_and(ArkdError::is_digest_mismatch) {
            // What is submitted does not depend on the terms. The caller's next try names the right ones.
            self.forget_info();
            let _ = self.fresh_info().await;
        }
        result.map(|_| ())
    }

    /// The transactions that are submitted and not final, of the owner of the coins that `proof` proves. The proof is signed;
    /// `message` is the one that it was made for.
    ///
    /// # Errors
    ///
    /// [`ArkdError`].
    pub async fn pending(&self, proof: &Psbt, message: &str) -> Result<Vec<Submitted>, ArkdError> {
        let request = post("/v1/tx/pending", &PendingBody::new(proof, message))?;
        let reply = self.read(request).await?;
        parse::<PendingAnswer>(&reply, "pendingTxs")?
            .pending_txs
            .iter()
            .map(SubmittedBody::parse)
            .collect()
    }

    /// The virtual transactions of these ids, as far as arkd knows them and shows them to anybody.
    ///
    /// # Errors
    ///
    /// [`ArkdError`].
    pub async fn virtual_txs(&self, txids: &[Txid]) -> Result<Vec<Psbt>, ArkdError> {
        let asked: BTreeSet<_> = txids.iter().copied().collect();
        let mut found = Vec::new();
        for some in asked.iter().collect::<Vec<_>>().chunks(PER_QUERY) {
            let names: Vec<_> = some.iter().map(ToString::to_string).collect();
            let reply = self
                .read(get(format!("/v1/indexer/virtualTx/{}", names.join(","))))
                .await?;
            for text in parse::<VirtualTxsBody>(&reply, "txs")?.txs {
                let psbt =
                    base64_psbt::decode(&text, MAX_PSBT_BYTES).map_err(|_| ArkdError::Malformed { field: "txs" })?;
                found.push(psbt);
            }
        }
        found.retain(|psbt| asked.contains(&psbt.unsigned_tx.compute_txid()));
        Ok(found)
    }

    /// What arkd knows of an asset.
    ///
    /// # Errors
    ///
    /// [`ArkdError`].
    pub async fn asset(&self, id: AssetId) -> Result<AssetDetails, ArkdError> {
        let reply = self.read(get(format!("/v1/indexer/asset/{id}"))).await?;
        let details = parse::<AssetDetailsBody>(&reply, "asset")?.parse()?;
        if details.asset_id == id {
            Ok(details)
        } else {
            Err(ArkdError::Malformed { field: "assetId" })
        }
    }

    /// Reads a query to its last page. Coins that move to another page meanwhile are taken once.
    async fn pages(&self, query: &str, found: &mut Vec<IndexedVtxo>) -> Result<(), ArkdError> {
        let mut seen: BTreeSet<OutPoint> = found.iter().map(|vtxo| vtxo.outpoint).collect();
        // One page more than could be full, for the one that says that there are no more.
        let most = self.limits.max_vtxos.div_ceil(PAGE_SIZE).saturating_add(1);
        for page in 1..=most {
            let reply = self
                .read(get(format!(
                    "/v1/indexer/vtxos?{query}&page.size={PAGE_SIZE}&page.index={page}"
                )))
                .await?;
            let body: VtxosBody = parse(&reply, "vtxos")?;
            let is_last = body.vtxos.is_empty() || body.page.is_none_or(crate::indexer::PageBody::is_last);
            for vtxo in body.vtxos {
                let vtxo = vtxo.parse()?;
                if seen.insert(vtxo.outpoint) {
                    found.push(vtxo);
                }
            }
            if found.len() > self.limits.max_vtxos {
                return Err(ArkdError::TooLarge);
            }
            if is_last {
                return Ok(());
            }
        }
        Err(ArkdError::TooLarge)
    }

    /// A call that changes nothing at arkd. Names the terms last heard, and asks again under the right ones if they have
    /// changed.
    async fn read(&self, mut request: ArkdRequest) -> Result<Bytes, ArkdError> {
        request.digest = self.known_digest();
        match self.twice(&request).await {
            Err(error) if error.is_digest_mismatch() => {
                self.forget_info();
                request.digest = named(self.fresh_info().await?.digest());
                self.twice(&request).await
            }
            result => result,
        }
    }

    /// A call that changes nothing, made again at once if the connection broke.
    async fn twice(&self, request: &ArkdRequest) -> Result<Bytes, ArkdError> {
        match self.once(request.clone()).await {
            Err(error) if error.is_momentary() => self.once(request.clone()).await,
            result => result,
        }
    }

    async fn once(&self, request: ArkdRequest) -> Result<Bytes, ArkdError> {
        lock(&self.known.breaker)
            .admit((self.now)())
            .map_err(|retry_after| ArkdError::BreakerOpen { retry_after })?;
        let result = match self.exchange.exchange(request).await {
            Ok(reply) => self.answered(reply),
            Err(error) => Err(error.into()),
        };
        let mut breaker = lock(&self.known.breaker);
        match &result {
            Err(error) if error.is_outage() => breaker.failed((self.now)()),
            Ok(_) | Err(_) => breaker.succeeded(),
        }
        result
    }

    fn answered(&self, reply: ArkdReply) -> Result<Bytes, ArkdError> {
        if reply.body.len() > self.limits.max_reply_bytes {
            return Err(ArkdError::TooLarge);
        }
        if (200..300).contains(&reply.status) {
            return Ok(reply.body);
        }
        Err(Refusal::in_body(&reply.body).map_or_else(
            || ArkdError::Status {
                status: reply.status,
                message: String::from_utf8_lossy(&reply.body).chars().take(200).collect(),
            },
            ArkdError::Refused,
        ))
    }

    fn known_info(&self) -> Option<OperatorInfo> {
        let now = (self.now)();
        let Seconds(lifetime) = self.limits.info_for;
        lock(&self.known.info)
            .as_ref()
            .filter(|(asked_at, _)| now >= *asked_at && now.since(*asked_at).0 < lifetime)
            .map(|(_, info)| info.clone())
    }

    fn known_digest(&self) -> Option<String> {
        self.known_info().and_then(|info| named(info.digest()))
    }

    fn forget_info(&self) {
        *lock(&self.known.info) = None;
    }
}

impl fmt::Debug for Arkd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Arkd")
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}

/// What a panicking thread leaves behind is whole: nothing is done in between.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn named(digest: &str) -> Option<String> {
    (!digest.is_empty()).then(|| digest.to_owned())
}

fn query_of(pairs: impl Iterator<Item = (&'static str, String)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

const fn get(path_and_query: String) -> ArkdRequest {
    ArkdRequest {
        method: Method::GET,
        path_and_query,
        digest: None,
        body: None,
    }
}

fn post(path: &str, body: &impl Serialize) -> Result<ArkdRequest, ArkdError> {
    Ok(ArkdRequest {
        method: Method::POST,
        path_and_query: path.to_owned(),
        digest: None,
        body: Some(
            serde_json::to_vec(body)
                .map_err(|_| ArkdError::Malformed { field: "request" })?
                .into(),
        ),
    })
}

fn parse<T: DeserializeOwned>(reply: &[u8], field: &'static str) -> Result<T, ArkdError> {
    serde_json::from_slice(reply).map_err(|_| ArkdError::Malformed { field })
}
