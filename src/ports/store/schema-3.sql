-- Step 3: letters sent again and rounds that were sent, bounded tries, addresses that were taken away, mails that leave the
-- folder of held ones.

-- A letter that was sent again by a person's order: which one it repeats.
ALTER TABLE letters ADD COLUMN again_of INTEGER REFERENCES letters (id);
CREATE INDEX letters_again ON letters (again_of) WHERE again_of IS NOT NULL;
ALTER TABLE letters ADD COLUMN round INTEGER NOT NULL DEFAULT 0;         -- it asks for corrections: 1 not counted (not sent), 2 counted in its case
CREATE INDEX letters_round ON letters (case_number) WHERE round > 0;
-- what lies in the inbox for a person; looked through at each poll
CREATE INDEX seen_watched ON seen (mailbox) WHERE fate IN ('too-big', 'unfetchable') OR filing = 'stuck';

-- How often passwords of other mails were tried on a locked mail, on the newest day that any were.
CREATE TABLE password_tries (
  mail TEXT PRIMARY KEY NOT NULL REFERENCES mails (sha256),
  day INTEGER NOT NULL,                              -- days since the epoch
  tries INTEGER NOT NULL
) STRICT;

-- Addresses that the secretariat took away from a case: neither the address nor its domain speaks for the company there.
CREATE TABLE dismissed (
  case_number INTEGER NOT NULL REFERENCES cases (number),
  address TEXT NOT NULL,                             -- lower case
  since INTEGER NOT NULL,
  PRIMARY KEY (case_number, address)
) STRICT;

-- Mails that lie in the folder of held ones and were answered since: where they lay in the inbox, and how to find them.
CREATE TABLE refilings (
  mailbox TEXT NOT NULL,
  uid TEXT NOT NULL,
  mail TEXT NOT NULL REFERENCES mails (sha256),
  tries INTEGER NOT NULL DEFAULT 0,                  -- that failed
  PRIMARY KEY (mailbox, uid, mail)
) STRICT;

-- what waits for a person: counted each minute
CREATE INDEX mails_for_people ON mails (ended_at) WHERE outcome IN ('to-secretariat', 'held');

-- Cause of the digest that named a mail for people; NULL: none yet. What ended before this step was told by its time.
ALTER TABLE mails ADD COLUMN told TEXT;
UPDATE mails SET told = '' WHERE ended_at IS NOT NULL;
