//! What can happen in a world. New parts of the desk join here: an event, what it does in `world.rs`, who makes it in
//! `story.rs`.

/// One thing that happens. Numbers are taken modulo what there is, so that a story stays a story when events are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Nothing for so many minutes.
    Wait(u32),
    /// A company writes.
    Company(u8, Say),
    /// A mail that came before is delivered once more, the same bytes.
    Again(u8),
    /// A machine writes.
    Machine(u8, Robot),
    /// People of the secretariat do something in the mailbox or at the command line.
    People(u8, Deed),
    /// The desk's clock jumps by so many minutes.
    Clock(i32),
    /// So many letters from now on, the relay misbehaves.
    Relay(u8, RelayFault),
    /// The relay cannot be reached in the next rounds.
    RelayDown(u8),
    /// So many commands from now on, the inbox misbehaves.
    Inbox(u8, InboxFault),
    /// The inbox cannot be reached in the next rounds.
    InboxDown(u8),
    /// The server numbers its mails anew.
    Validity,
    /// The folders for what is done are gone.
    FoldersGone,
    /// A mail comes, and in that round the disk has room for so many more writes.
    FullDisk(u8),
    /// A form comes, and in that round the reader children fail, so many of them.
    Readers(u8, ReaderFault),
    /// The configuration says otherwise whether letters go by themselves, and the desk is started with it.
    Sending(Mode),
    /// The store takes no write from so many writes on, whenever they come.
    FailingWrite(u8, Keep),
    /// The desk is stopped and started.
    Restart,
}

/// What a company writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// The form, with or without wishes.
    Form(Book, bool),
    /// The form in a locked archive; the password comes in another mail.
    Locked,
    /// That password.
    Key,
    /// Says that the form is enclosed, and it is not.
    Forgot,
    /// A question.
    Question,
    /// Wishes, in answer to the newest letter.
    Wishes,
    /// The questionnaire, in answer to the newest letter.
    Answers,
    /// Thanks, in answer to the newest letter.
    Thanks,
    /// Takes the company out.
    Withdraws,
    /// A colleague hands in from another address of the company.
    Colleague,
    /// Somebody else in the company's name; the border says so.
    Forged,
    /// Points at the newest letter of another company.
    WrongThread,
    /// A mail beyond the bound.
    Huge,
    /// A mail that the server never hands over.
    Unfetchable,
    /// Applies by the web form.
    Applies,
    /// Something that is not the programme's.
    Elsewhere,
    /// Another mail under the Message-ID of the one before, as programs write that edit a sent mail anew.
    SameId,
}

/// Which workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Book {
    Good,
    Faulty,
    Mended,
    OldVersion,
    NoFigures,
}

/// Which machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robot {
    /// A vacation program that answers the newest letter.
    OutOfOffice,
    /// The newest letter comes back for good.
    Bounce,
    /// The newest letter is delayed.
    Delayed,
    /// A mailing list that has the programme in its subject.
    List,
    /// Another desk that answers automatically.
    OtherDesk,
    /// A null return path, and nothing else that tells.
    NullPath,
}

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Answers a company's mail from the Sent folder.
    AnswersFromSent,
    /// Writes to the desk's own address.
    WritesToDesk,
    /// Moves a mail out of the inbox.
    MovesOut,
    /// Moves one back.
    MovesBack,
    /// Deletes a mail in the inbox.
    Deletes,
    /// Assigns an advisor to a complete case.
    Assigns,
    /// Takes back a withdrawal.
    Reopens,
    /// Clears a marked address.
    Revives,
    /// Lets every letter go that waits for approval.
    Approves,
}

/// How the relay misbehaves at one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayFault {
    /// 4xx at the recipient.
    Later,
    /// 4xx after the final dot.
    LaterAtDot,
    /// 5xx after the final dot.
    Never,
    /// The connection is lost before the final dot.
    LostBefore,
    /// The letter is accepted and the answer lost.
    LostAnswer,
    /// The power of the desk's machine goes before the letter is taken.
    CutBefore,
    /// The letter is taken, and then the power goes.
    CutAfter,
    /// The log-in is refused.
    LogIn,
    /// No answer to the recipient, however long it is waited for.
    Hangs,
    /// No answer after the final dot; the letter is not taken.
    HangsAtDot,
    /// The letter is taken, and there is no answer.
    HangsAfter,
}

/// How reader children fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderFault {
    /// They end when they are given something.
    Die,
    /// They never answer.
    Hang,
    /// None can be started.
    CannotStart,
}

/// Whether letters go by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Auto,
    Approve,
    Off,
}

/// How the inbox misbehaves at one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxFault {
    /// The connection is lost before anything is done.
    LostBefore,
    /// It is done, and the answer lost.
    LostAfter,
    /// Half an answer.
    Half,
    /// The server says NO.
    No,
    /// The power of the desk's machine goes before anything is done.
    CutBefore,
    /// It is done, and then the power goes.
    CutAfter,
    /// No answer, however long it is waited for; nothing is done.
    Hangs,
    /// It is done, and there is no answer.
    HangsAfter,
}

/// What a power cut leaves on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The files as they are.
    AsTheyAre,
    /// What was synced, and no more.
    Synced,
    /// As they are, and half of a write that was never acknowledged.
    Torn,
}
