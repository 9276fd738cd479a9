/// What happens within the server in one round trip: the commit of a decision, and the rules of the outbox.
///
/// A function's name ends with the version of the schema that brought it. One that was released never changes, so that
/// two neighbouring releases can use one database: a release that needs another brings it under the next name.
///
/// Invariant of the outbox: of the entries with one serial key exactly one is the head, and only the head is ever in
/// hand. The head is the oldest removal, else the oldest entry, unless another one was in hand when that came to the
/// key. Whoever changes which entries a key has holds the key's lock until the transaction ends; keys are locked in one
/// order by everybody, and all at once, so nobody waits in a circle.
enum Functions {
    static let version1 = locks + heads + asking + finishing + committing + numbering

    /// `SY001` is `PostgresError.conflictState`, the lane 'removals' is `Lane.removals`.
    private static let locks = """
        CREATE FUNCTION lock_keys_1(serial_keys text[]) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(1937337702, lock_key)
            FROM (SELECT DISTINCT hashtext(k) AS lock_key FROM unnest(serial_keys) k WHERE k IS NOT NULL ORDER BY 1) s;
        END $$;

        CREATE FUNCTION lose_1() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'somebody else was first' USING ERRCODE = 'SY001';
        END $$;

        -- What was read before the locks were ours is not so any more: the caller does it all again.
        CREATE FUNCTION begin_again_1() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'an outbox entry moved meanwhile' USING ERRCODE = '40001';
        END $$;


        """

    private static let heads = """
        -- Makes the oldest removal of a serial key, else its oldest entry, its head, where it has none.
        CREATE FUNCTION raise_head_1(k text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE outbox SET is_head = true
            WHERE id = (
                    SELECT id FROM outbox WHERE serial_key = k AND NOT is_head
                    ORDER BY lane = 'removals' DESC, id LIMIT 1
                )
                AND NOT EXISTS (SELECT 1 FROM outbox WHERE serial_key = k AND is_head);
        END $$;

        -- Chooses the head of a key anew, where it is not in hand and has company.
        CREATE FUNCTION elect_head_1(k text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE outbox SET is_head = false WHERE serial_key = k AND is_head AND lease_until IS NULL
                AND EXISTS (SELECT 1 FROM outbox WHERE serial_key = k AND NOT is_head);
            IF FOUND THEN PERFORM raise_head_1(k); END IF;
        END $$;

        -- Gives an entry that is not in hand another serial key. A head in hand stays; any other gives way to an older
        -- entry.
        CREATE FUNCTION move_entry_1(entry bigint, old_key text, new_key text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE outbox SET serial_key = new_key, is_head = false WHERE id = entry;
            PERFORM raise_head_1(old_key);
            UPDATE outbox SET is_head = false WHERE serial_key = new_key AND is_head AND lease_until IS NULL;
            PERFORM raise_head_1(new_key);
        END $$;


        """

    private static let asking = """
        -- Adds entries, or makes those of the same name newer: they keep their place, their attempts and when they are
        -- due. The serial keys of all of them are locked.
        CREATE FUNCTION ask_1(
            now_at bigint, lanes text[], asking_runs text[], serial_keys text[], unique_keys text[], dues bigint[],
            effect_schema bigint, effects bytea[], locked text[]
        ) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            found_entry outbox%ROWTYPE;
        BEGIN
            FOR i IN 1..coalesce(array_length(unique_keys, 1), 0) LOOP
                SELECT * INTO found_entry FROM outbox WHERE unique_key = unique_keys[i] FOR UPDATE;
                IF NOT FOUND THEN
                    INSERT INTO outbox (
                        lane, serial_key, unique_key, is_head, due_at, wanted, attempt, run, schema, effect, created_at
                    ) VALUES (
                        lanes[i], serial_keys[i], unique_keys[i],
                        NOT EXISTS (SELECT 1 FROM outbox WHERE serial_key = serial_keys[i] AND is_head), dues[i], 1, 0,
                        asking_runs[i], effect_schema, effects[i], now_at
                    ) ON CONFLICT (unique_key) DO NOTHING;
                    IF NOT FOUND THEN PERFORM begin_again_1(); END IF;
                    IF lanes[i] = 'removals' THEN PERFORM elect_head_1(serial_keys[i]); END IF;
                    CONTINUE;
                END IF;
                IF NOT found_entry.serial_key = ANY (locked) THEN PERFORM begin_again_1(); END IF;
                UPDATE outbox SET
                    lane = lanes[i], run = asking_runs[i], schema = effect_schema, effect = effects[i],
                    wanted = wanted + 1,
                    next_serial_key = CASE WHEN lease_until IS NULL THEN NULL ELSE serial_keys[i] END,
                    next_due_at =
                        CASE WHEN lease_until IS NULL THEN NULL ELSE least(dues[i], coalesce(next_due_at, dues[i])) END
                WHERE id = found_entry.id;
                IF found_entry.lease_until IS NULL AND found_entry.serial_key <> serial_keys[i] THEN
                    PERFORM move_entry_1(found_entry.id, found_entry.serial_key, serial_keys[i]);
                END IF;
            END LOOP;
        END $$;


        """

    private static let finishing = """
        -- An entry is out of hand: older ones that came to its key meanwhile go first, or it goes to another key.
        CREATE FUNCTION release_entry_1(entry bigint, old_key text, new_key text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF new_key <> old_key THEN
                PERFORM move_entry_1(entry, old_key, new_key);
            ELSE
                PERFORM elect_head_1(old_key);
            END IF;
        END $$;

        -- The serial keys of a claim are locked.
        CREATE FUNCTION finish_1(claimed bigint, wanted_then bigint, leased_until bigint, locked text[])
        RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            entry outbox%ROWTYPE;
        BEGIN
            SELECT * INTO entry FROM outbox WHERE id = claimed AND lease_until = leased_until FOR UPDATE;
            IF NOT FOUND THEN PERFORM lose_1(); END IF;
            IF NOT entry.serial_key = ANY (locked)
                OR NOT coalesce(entry.next_serial_key, entry.serial_key) = ANY (locked) THEN
                PERFORM begin_again_1();
            END IF;
            IF entry.wanted = wanted_then THEN
                DELETE FROM outbox WHERE id = claimed;
                PERFORM raise_head_1(entry.serial_key);
                RETURN;
            END IF;
            UPDATE outbox SET
                due_at = coalesce(next_due_at, created_at), lease_until = NULL, holder = NULL, attempt = 0,
                first_tried_at = NULL, next_serial_key = NULL, next_due_at = NULL, last_error = NULL
            WHERE id = claimed;
            PERFORM release_entry_1(claimed, entry.serial_key, coalesce(entry.next_serial_key, entry.serial_key));
        END $$;

        CREATE FUNCTION complete_entry_1(claimed bigint, wanted_then bigint, leased_until bigint)
        RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            keys text[];
        BEGIN
            SELECT ARRAY[serial_key, coalesce(next_serial_key, serial_key)] INTO keys FROM outbox WHERE id = claimed;
            PERFORM lock_keys_1(keys);
            PERFORM finish_1(claimed, wanted_then, leased_until, keys);
        END $$;

        CREATE FUNCTION retry_entry_1(
            claimed bigint, leased_until bigint, due bigint, attempt_then bigint, reason text
        ) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            keys text[];
            entry outbox%ROWTYPE;
        BEGIN
            SELECT ARRAY[serial_key, coalesce(next_serial_key, serial_key)] INTO keys FROM outbox WHERE id = claimed;
            PERFORM lock_keys_1(keys);
            SELECT * INTO entry FROM outbox WHERE id = claimed AND lease_until = leased_until FOR UPDATE;
            IF NOT FOUND THEN PERFORM lose_1(); END IF;
            IF NOT entry.serial_key = ANY (keys)
                OR NOT coalesce(entry.next_serial_key, entry.serial_key) = ANY (keys) THEN
                PERFORM begin_again_1();
            END IF;
            UPDATE outbox SET
                due_at = due, lease_until = NULL, holder = NULL, attempt = attempt_then, next_serial_key = NULL,
                next_due_at = NULL, last_error = reason
            WHERE id = claimed;
            PERFORM release_entry_1(claimed, entry.serial_key, coalesce(entry.next_serial_key, entry.serial_key));
        END $$;


        """

    private static let committing = """
        -- State, audit records, outbox entries and the completion of the entry that led here.
        --
        -- Returns an empty text, 'conflict', or 'duplicate ' and the id of the run that used the submission's key.
        CREATE FUNCTION commit_run_1(
            run_id text, expected bigint, new_status text, new_approval_status text, of_flow text, of_requester text,
            over boolean, wake bigint, grants text, submission text, created bigint, updated bigint, head_sequence bigint,
            head_hash text, state_schema bigint, new_state bytea,
            aggregates text[], sequences bigint[], times bigint[], kinds text[], actors text[], detail_texts text[],
            previouses text[], hashes text[],
            lanes text[], asking_runs text[], serial_keys text[], unique_keys text[], dues bigint[], effects bytea[],
            claimed bigint, wanted_then bigint, leased_until bigint
        ) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            other text;
            locked text[];
            written bigint;
        BEGIN
            IF expected = 0 THEN
                INSERT INTO runs (
                    id, version, status, approval_status, flow, requester, is_over, wake_at, grant_key, submission_key,
                    created_at, updated_at, audit_sequence, audit_hash, schema, state
                ) VALUES (
                    run_id, 1, new_status, new_approval_status, of_flow, of_requester, over, wake, grants, submission,
                    created, updated, head_sequence, head_hash, state_schema, new_state
                ) ON CONFLICT DO NOTHING;
                IF NOT FOUND THEN
                    SELECT id INTO other FROM runs WHERE submission_key = submission;
                    RETURN CASE WHEN FOUND THEN 'duplicate ' || other ELSE 'conflict' END;
                END IF;
            ELSE
                UPDATE runs SET
                    version = version + 1, status = new_status, approval_status = new_approval_status, is_over = over,
                    wake_at = wake, grant_key = grants, updated_at = updated,
                    audit_sequence = coalesce(head_sequence, audit_sequence),
                    audit_hash = coalesce(head_hash, audit_hash), schema = state_schema, state = new_state
                WHERE id = run_id AND version = expected;
                IF NOT FOUND THEN RETURN 'conflict'; END IF;
            END IF;

            IF array_length(aggregates, 1) > 0 THEN
                INSERT INTO audit_records (aggregate, sequence, at, kind, actor, details, previous, hash)
                SELECT * FROM unnest(aggregates, sequences, times, kinds, actors, detail_texts, previouses, hashes)
                ON CONFLICT (aggregate, sequence) DO NOTHING;
                GET DIAGNOSTICS written = ROW_COUNT;
                IF written < array_length(aggregates, 1) THEN PERFORM lose_1(); END IF;
            END IF;

            IF array_length(unique_keys, 1) > 0 OR claimed IS NOT NULL THEN
                locked := serial_keys
                    || (SELECT array_agg(serial_key) FROM outbox WHERE unique_key = ANY (unique_keys))
                    || (SELECT ARRAY[serial_key, coalesce(next_serial_key, serial_key)] FROM outbox WHERE id = claimed);
                PERFORM lock_keys_1(locked);
                PERFORM ask_1(
                    updated, lanes, asking_runs, serial_keys, unique_keys, dues, state_schema, effects, locked
                );
                IF claimed IS NOT NULL THEN
                    PERFORM finish_1(claimed, wanted_then, leased_until, locked);
                END IF;
            END IF;
            RETURN '';
        END $$;


        """

    private static let numbering = """
        -- Gives records that are committed their places in the whole trail: so many of them, the oldest first. Records of
        -- one aggregate are committed in the order of their ids.
        --
        -- Returns how many were given one.
        CREATE FUNCTION number_records_1(count_max bigint) RETURNS bigint LANGUAGE plpgsql AS $$
        DECLARE
            last_position bigint;
            numbered bigint;
        BEGIN
            PERFORM pg_advisory_xact_lock(1937337703, 0);
            SELECT coalesce(max(position), 0) INTO last_position FROM audit_records;
            UPDATE audit_records r SET position = last_position + s.place
            FROM (
                SELECT id, row_number() OVER (ORDER BY id) AS place
                FROM (
                    SELECT id FROM audit_records WHERE position IS NULL ORDER BY id LIMIT count_max
                ) oldest
            ) s WHERE r.id = s.id;
            GET DIAGNOSTICS numbered = ROW_COUNT;
            RETURN numbered;
        END $$;
        """
}
