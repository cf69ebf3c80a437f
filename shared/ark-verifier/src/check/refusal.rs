//! Why a challenge is not answered.

use alloc::boxed::Box;

use bitcoin::{Amount, OutPoint, Txid, XOnlyPublicKey};

use super::fault::{CheckpointFault, Document, OutputFault, PsbtFault, Role, SignatureFault, Term};
use crate::address::ArkAddress;
use crate::asset::AssetId;
use crate::binding::InvalidBinding;
use crate::challenge::{SessionId, Step};
use crate::packet::InvalidExtension;

/// Why a wallet does not sign. Inputs and outputs are those of the ark transaction, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The challenge is for the other step.
    #[error("it is for step {}, not {}", found.number(), expected.number())]
    OtherStep {
        /// The step that was to be checked.
        expected: Step,
        /// The challenge's.
        found: Step,
    },
    /// It counts other steps than two.
    #[error("it counts {0} steps, not 2")]
    Steps(u8),
    /// Checkpoints are asked for before the ark transaction was approved: with them alone the operator takes the money.
    #[error("it asks for step 2, but step 1 was not approved")]
    FirstNotApproved,
    /// The order is being executed by another session.
    #[error("it is of {found}, but {approved} was approved")]
    OtherSession {
        /// The session that was approved.
        approved: SessionId,
        /// The challenge's.
        found: SessionId,
    },
    /// What was approved belongs to another order.
    #[error("what was approved at step 1 belongs to another order")]
    OtherOrder,
    /// It asks for another key's signatures.
    #[error("it asks for signatures of {found}, which is not this wallet's owner key")]
    OtherOwner {
        /// The key that it asks for.
        found: XOnlyPublicKey,
    },
    /// It was built on terms that are not the operator's.
    #[error("its {0} is not the operator's")]
    OtherTerms(Term),
    /// The order is for another network than the operator's.
    #[error("the order is for another network than the operator's")]
    OtherNetwork,
    /// The challenge is too old.
    #[error("it expired at {at}")]
    Expired {
        /// When, in seconds since the Unix epoch.
        at: u64,
    },
    /// A challenge of step 1 does not say until when it is good.
    #[error("it does not expire")]
    NoExpiry,
    /// The order is too old.
    #[error("the order expired at {at}")]
    OrderExpired {
        /// When, in seconds since the Unix epoch.
        at: u64,
    },
    /// Its name does not fit what it asks to sign.
    #[error("its payload_ref does not name what it asks to sign")]
    PayloadRef,

    /// The order is among the intents that it executes neither first nor last.
    #[error("it does not execute this order")]
    NotThisOrder,
    /// It executes more or fewer intents than the order has parties.
    #[error("it executes {found} intents, but the order has {expected} parties")]
    IntentCount {
        /// The parties of the order.
        expected: usize,
        /// The intents of the challenge.
        found: usize,
    },
    /// The transaction names other intents than the challenge.
    #[error("the transaction does not name the intents that the challenge names")]
    OtherIntents,
    /// The transaction names no intents.
    #[error("the transaction does not name the intents that it executes")]
    ExtensionMissing,
    /// The transaction has two extensions.
    #[error("the transaction has more than one extension")]
    ExtensionTwice,
    /// The extension is not before the anchor, or holds value.
    #[error("the extension is not a worthless output before the anchor")]
    ExtensionMisplaced,
    /// The extension is malformed.
    #[error("the extension is malformed: {0}")]
    Extension(#[from] InvalidExtension),
    /// The wallet gives nothing in the swap that it has ordered.
    #[error("this wallet is no party of the swap")]
    NoParty,
    /// A binding proves nothing.
    #[error("a binding proves nothing: {0}")]
    Binding(#[from] InvalidBinding),
    /// Two bindings are for the same key.
    #[error("{nostr} has two bindings")]
    BindingTwice {
        /// The key.
        nostr: XOnlyPublicKey,
    },
    /// The order pays an address of another operator or network.
    #[error(
        "the order pays {}, which is not this operator's",
        crate::address::shortened(address)
    )]
    ForeignAddress {
        /// The address.
        address: Box<ArkAddress>,
    },
    /// Amounts do not fit.
    #[error("amounts are too large to add")]
    Overflow,

    /// A PSBT cannot be read.
    #[error("{document} cannot be read: {fault}")]
    Psbt {
        /// Which.
        document: Document,
        /// Why.
        fault: PsbtFault,
    },
    /// There is not one checkpoint per input.
    #[error("there are {found} checkpoints for {inputs} inputs")]
    CheckpointCount {
        /// The inputs of the ark transaction.
        inputs: usize,
        /// The checkpoints.
        found: usize,
    },
    /// A checkpoint is not what the operator builds for the VTXO.
    #[error("checkpoint {input} is not what it has to be: {fault}")]
    Checkpoint {
        /// The input that spends it.
        input: u32,
        /// What is wrong.
        fault: CheckpointFault,
    },
    /// A PSBT tells something else about what it spends than is true.
    #[error("{document} lies about what its input {input} spends")]
    WitnessUtxo {
        /// Which.
        document: Document,
        /// Its input.
        input: u32,
    },
    /// The ark transaction has another version than 3, a lock time, or an input with a sequence.
    #[error("the ark transaction has another version or a lock time")]
    ArkTransactionForm,
    /// An input of the ark transaction does not spend its checkpoint.
    #[error("input {input} does not spend its checkpoint")]
    NotItsCheckpoint {
        /// The input.
        input: u32,
    },
    /// The ark transaction is not the one that follows from what was checked.
    #[error("the ark transaction is not the one that it has to be")]
    NotAsBuilt,

    /// There are no inputs.
    #[error("the ark transaction has no inputs")]
    NoInputs,
    /// There are more inputs than one transaction may have.
    #[error("the ark transaction has {found} inputs, more than {}", crate::intent::MAX_INPUTS)]
    TooManyInputs {
        /// How many.
        found: usize,
    },
    /// A VTXO is spent twice.
    #[error("{outpoint} is spent twice")]
    InputTwice {
        /// The VTXO.
        outpoint: OutPoint,
    },
    /// The list of inputs to sign is empty, out of order, or names one twice.
    #[error("the inputs to sign are not listed each once and in order")]
    AskedInputs,
    /// An input to sign is none.
    #[error("there is no input {input} to sign")]
    NoSuchInput {
        /// The input.
        input: u32,
    },
    /// An input to sign is not the wallet's.
    #[error("input {input} spends {outpoint}, which is not this wallet's")]
    NotMine {
        /// The input.
        input: u32,
        /// What it spends.
        outpoint: OutPoint,
    },
    /// A VTXO of the wallet is spent without asking.
    #[error("input {input} spends a VTXO of this wallet, but it is not asked to sign it")]
    NotAsked {
        /// The input.
        input: u32,
    },
    /// An order of one party spends somebody else's VTXO.
    #[error("input {input} is somebody else's")]
    SomebodyElses {
        /// The input.
        input: u32,
    },
    /// Another party's input cannot be spent the way it says.
    #[error("input {input} is not a VTXO that its owner and the operator can spend")]
    ForeignInput {
        /// The input.
        input: u32,
    },
    /// Other VTXOs are spent than the order names.
    #[error("other VTXOs are spent than the order names")]
    OtherInputs,
    /// The wallet's inputs do not pay for its part.
    #[error("this wallet's inputs hold {found}, but its part costs {needed}")]
    InputsShort {
        /// What the wallet pays.
        needed: Amount,
        /// What its inputs hold.
        found: Amount,
    },

    /// An output is not as ordered.
    #[error("output {output} ({role}) is not as ordered: {fault}")]
    Output {
        /// The output.
        output: u32,
        /// What it is for.
        role: Role,
        /// What is wrong.
        fault: OutputFault,
    },
    /// Change is too little for a VTXO.
    #[error("the change of {amount} is too little for a VTXO")]
    ChangeBelowDust {
        /// The change.
        amount: Amount,
    },
    /// There is an output that nobody ordered.
    #[error("nobody ordered output {output}")]
    ExtraOutput {
        /// The output.
        output: u32,
    },
    /// The last output is not the anchor.
    #[error("the last output is not the anchor")]
    Anchor,
    /// Value is lost or made up.
    #[error("{spent} are spent, but {received} received")]
    Unbalanced {
        /// The sum of the inputs.
        spent: Amount,
        /// The sum of the outputs.
        received: Amount,
    },

    /// Assets move, but the transaction does not say where.
    #[error("the transaction does not say where assets go")]
    AssetPacketMissing,
    /// The asset packet names an asset, an input or an output twice, or moves nothing.
    #[error("the transaction says twice, or of nothing, where {asset} goes")]
    AssetRepeated {
        /// The asset.
        asset: AssetId,
    },
    /// The asset packet says something else about an input than what the wallet holds there.
    #[error("the transaction takes another amount of {asset} from input {input} than it holds")]
    AssetInput {
        /// The input.
        input: u16,
        /// The asset.
        asset: AssetId,
    },
    /// An output gets another amount of an asset than was ordered or is due.
    #[error("output {output} gets another amount of {asset} than it has to")]
    AssetOutput {
        /// The output.
        output: u16,
        /// The asset.
        asset: AssetId,
    },
    /// An asset goes to an output that may not hold any.
    #[error("{asset} goes to output {output}, where it does not belong")]
    AssetMisrouted {
        /// The output.
        output: u16,
        /// The asset.
        asset: AssetId,
    },
    /// An asset of the wallet is left over, but there is no change to hold it.
    #[error("{asset} would be lost")]
    AssetLost {
        /// The asset.
        asset: AssetId,
    },
    /// The wallet's inputs do not hold the assets that it gives.
    #[error("this wallet's inputs do not hold the {asset} that it gives")]
    AssetShort {
        /// The asset.
        asset: AssetId,
    },
    /// More or less of an asset comes out than goes in.
    #[error("{asset} is made up or destroyed")]
    AssetUnbalanced {
        /// The asset.
        asset: AssetId,
    },

    /// Step 1 has no recovery proof.
    #[error("it has no recovery proof")]
    RecoveryMissing,
    /// Step 2 has a recovery proof.
    #[error("it asks for a recovery proof at step 2")]
    RecoveryUnasked,
    /// The recovery proof is for something else than getting back a pending transaction.
    #[error("its recovery proof is for something else than getting the transaction back")]
    RecoveryMessage,
    /// The recovery proof has expired.
    #[error("its recovery proof expired at {at}")]
    RecoveryExpired {
        /// When, in seconds since the Unix epoch.
        at: u64,
    },
    /// The recovery proof is over something else than the wallet's inputs and the message.
    #[error("its recovery proof is not over this wallet's inputs and the message")]
    RecoveryDiffers,

    /// Another transaction is to be finished than was approved.
    #[error("the ark transaction is {found}, but {approved} was approved")]
    OtherTransaction {
        /// The transaction that was approved.
        approved: Txid,
        /// The challenge's.
        found: Txid,
    },
    /// Other inputs are to be signed than at step 1.
    #[error("other inputs are to be signed than at step 1")]
    AskedOthers,
    /// The operator has not signed.
    #[error("the operator's signature on input {input} of {document} is {fault}")]
    OperatorSignature {
        /// On what.
        document: Document,
        /// Its input.
        input: u32,
        /// What is wrong.
        fault: SignatureFault,
    },
}
