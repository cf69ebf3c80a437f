//! A wallet for tests: real keys, real signatures, real work.

use nanoark_nano::block::InvalidBlock;
use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, Link, PrivateKey, RawAmount, Seed, SignedBlock, StateBlock};

use super::{NanoLedger, ProcessError, genesis_key};

/// Why a wallet could not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// There is no such block to build.
    #[error(transparent)]
    Build(#[from] InvalidBlock),
    /// The ledger refused the block.
    #[error(transparent)]
    Refused(#[from] ProcessError),
    /// The account has no block yet, and the first one must receive something.
    #[error("the account is not open")]
    NotOpen,
    /// Nothing with this hash can be received by the account.
    #[error("there is no such receivable send")]
    NothingToReceive,
}

/// One account with its key, on one ledger.
#[derive(Clone, Debug)]
pub struct DevWallet {
    key: PrivateKey,
    ledger: NanoLedger,
    representative: Account,
}

impl DevWallet {
    /// The account of this key.
    #[must_use]
    pub fn new(key: PrivateKey, ledger: &NanoLedger) -> Self {
        let representative = genesis_key().public();
        Self {
            key,
            ledger: ledger.clone(),
            representative,
        }
    }

    /// Account number `index` of a wallet whose seed is this byte, repeated.
    #[must_use]
    pub fn numbered(seed: u8, index: u32, ledger: &NanoLedger) -> Self {
        Self::new(Seed::from_bytes([seed; 32]).private_key(index), ledger)
    }

    /// The account that holds everything at first.
    #[must_use]
    pub fn genesis(ledger: &NanoLedger) -> Self {
        Self::new(genesis_key(), ledger)
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> Account {
        self.key.public()
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// What the account holds, confirmed or not; nothing if it is not open.
    #[must_use]
    pub fn balance(&self) -> RawAmount {
        self.ledger
            .head(&self.account())
            .map_or(RawAmount::ZERO, |head| head.balance)
    }

    /// Gives this wallet money: a send from genesis and the receive of it, both final at once. Returns the receive.
    ///
    /// # Errors
    /// When genesis cannot pay that much.
    pub fn fund_from_genesis(&self, amount: RawAmount) -> Result<SignedBlock, WalletError> {
        let send = Self::genesis(&self.ledger).send(self.account(), amount)?;
        let receive = self.receive(send.block.hash())?;
        self.ledger.confirm_now(&receive.block.hash());
        Ok(receive)
    }

    /// Sends and publishes.
    ///
    /// # Errors
    /// When the account is not open or holds too little, or the ledger refuses.
    pub fn send(&self, to: Account, amount: RawAmount) -> Result<SignedBlock, WalletError> {
        self.publish(self.build_send(to, amount)?)
    }

    /// Receives one send and publishes; opens the account if need be.
    ///
    /// # Errors
    /// When there is nothing to receive under this hash, or the ledger refuses.
    pub fn receive(&self, source: BlockHash) -> Result<SignedBlock, WalletError> {
        self.publish(self.build_receive(source)?)
    }

    /// Receives everything there is.
    ///
    /// # Errors
    /// When the ledger refuses.
    pub fn receive_all(&self) -> Result<Vec<SignedBlock>, WalletError> {
        let sends = self.ledger.receivable(&self.account());
        sends.into_iter().map(|(source, _)| self.receive(source)).collect()
    }

    /// Changes the representative and publishes.
    ///
    /// # Errors
    /// When the account is not open, or the ledger refuses.
    pub fn change(&self, representative: Account) -> Result<SignedBlock, WalletError> {
        let head = self.ledger.head(&self.account()).ok_or(WalletError::NotOpen)?;
        self.publish(self.sign(StateBlock::change(
            self.account(),
            head.frontier,
            head.balance,
            representative,
        )?))
    }

    /// A send that nobody has seen yet.
    ///
    /// # Errors
    /// When the account is not open or holds too little.
    pub fn build_send(&self, to: Account, amount: RawAmount) -> Result<SignedBlock, WalletError> {
        let head = self.ledger.head(&self.account()).ok_or(WalletError::NotOpen)?;
        let account = self.account();
        Ok(self.sign(StateBlock::send(
            account,
            head.frontier,
            head.balance,
            amount,
            to,
            head.representative,
        )?))
    }

    /// Another send in the place of `block`: with it, the two are a double spend.
    ///
    /// # Errors
    /// When the block it follows is not on the ledger, or held too little.
    pub fn build_rival(&self, block: &SignedBlock, to: Account, amount: RawAmount) -> Result<SignedBlock, WalletError> {
        let before = self
            .ledger
            .balance_after(&block.block.previous)
            .ok_or(WalletError::NotOpen)?;
        let StateBlock {
            account,
            previous,
            representative,
            ..
        } = block.block;
        Ok(self.sign(StateBlock::send(account, previous, before, amount, to, representative)?))
    }

    /// A receive that nobody has seen yet.
    ///
    /// # Errors
    /// When there is nothing to receive under this hash.
    pub fn build_receive(&self, source: BlockHash) -> Result<SignedBlock, WalletError> {
        let account = self.account();
        let receivable = self.ledger.receivable(&account);
        let (_, amount) = receivable
            .iter()
            .find(|(hash, _)| *hash == source)
            .ok_or(WalletError::NothingToReceive)?;
        let block = match self.ledger.head(&account) {
            Some(head) => StateBlock::receive(
                account,
                head.frontier,
                head.balance,
                *amount,
                source,
                head.representative,
            )?,
            None => StateBlock::open(account, *amount, source, self.representative)?,
        };
        Ok(self.sign(block))
    }

    /// Signs any block, valid or not, with work that is enough for any kind.
    #[must_use]
    pub fn sign(&self, block: StateBlock) -> SignedBlock {
        let work = self.ledger.work_for(&block.root());
        block.sign(&self.key, work)
    }

    /// Puts a send from before state blocks at the head of the account's chain, unchecked: nobody can publish one today.
    ///
    /// # Errors
    /// When the account is not open or holds too little.
    pub fn inject_legacy_send(&self, to: Account, amount: RawAmount) -> Result<BlockHash, WalletError> {
        let head = self.ledger.head(&self.account()).ok_or(WalletError::NotOpen)?;
        let balance = head
            .balance
            .checked_sub(amount)
            .ok_or(InvalidBlock::InsufficientBalance)?;
        let block = LegacyBlock::Send {
            previous: head.frontier,
            destination: to,
            balance,
        };
        let signature = self.key.sign(block.hash().as_bytes());
        let work = self.ledger.work_for(&head.frontier.into());
        self.ledger
            .inject_legacy(block, signature, work)
            .ok_or(WalletError::NotOpen)
    }

    /// Opens the account with a legacy block, unchecked, which receives this send.
    ///
    /// # Errors
    /// When there is nothing to receive under this hash.
    pub fn inject_legacy_open(&self, source: BlockHash) -> Result<BlockHash, WalletError> {
        let account = self.account();
        let block = LegacyBlock::Open {
            source,
            representative: self.representative,
            account,
        };
        let signature = self.key.sign(block.hash().as_bytes());
        let work = self.ledger.work_for(&account.into());
        self.ledger
            .inject_legacy(block, signature, work)
            .ok_or(WalletError::NothingToReceive)
    }

    /// A block that moves money to a link it names itself, whatever the arithmetic says; for refusals.
    #[must_use]
    pub fn build_unchecked(&self, previous: BlockHash, balance: RawAmount, link: Link) -> SignedBlock {
        let representative = self.representative;
        self.sign(StateBlock {
            account: self.account(),
            previous,
            representative,
            balance,
            link,
        })
    }

    fn publish(&self, block: SignedBlock) -> Result<SignedBlock, WalletError> {
        self.ledger.process(&block)?;
        Ok(block)
    }
}

impl NanoLedger {
    /// What the block's account holds after it, if the ledger has the block.
    #[must_use]
    pub fn balance_after(&self, hash: &BlockHash) -> Option<RawAmount> {
        self.with(|ledger, _| ledger.get(hash).map(|entry| entry.facts.balance))
    }
}
