-- Step 4: when a doubt began, letters that a person has answered meanwhile, and letters that a digest has told.

-- Since when nobody knows whether it arrived; NULL while that is known.
ALTER TABLE letters ADD COLUMN doubtful_since INTEGER;
UPDATE letters SET doubtful_since = due_at WHERE state = 'uncertain';
-- A person answered while it was in doubt: it is looked for, and never sent again.
ALTER TABLE letters ADD COLUMN needless INTEGER NOT NULL DEFAULT 0 CHECK (needless IN (0, 1));

-- Cause of the digest that named it; NULL: none yet. What ended before this step was told by its time.
ALTER TABLE letters ADD COLUMN told TEXT;
UPDATE letters SET told = '' WHERE state = 'given-up' OR (state = 'sent' AND repeats > 0);

-- A clock that was behind `since` made every mail too old, for ever: each is looked at once more.
UPDATE seen SET fate = 'pending' WHERE fate = 'too-old';
