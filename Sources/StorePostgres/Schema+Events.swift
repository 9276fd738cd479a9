extension Schema {
    /// What was asked for through the API; and an index for the order in which runs are listed.
    static let events = """
        CREATE TABLE run_events (
            id text COLLATE "C" PRIMARY KEY,
            run text COLLATE "C" NOT NULL,
            name text COLLATE "C" NOT NULL,
            at bigint NOT NULL,
            key text COLLATE "C",
            fingerprint text COLLATE "C"
        );
        CREATE UNIQUE INDEX run_events_by_key ON run_events (key) WHERE key IS NOT NULL;

        CREATE INDEX runs_by_creation ON runs (created_at, number);

        -- commit_run_1, with what was asked for through the API. An event's key is looked for under a lock of its own,
        -- so that of two calls under one key one is first.
        CREATE FUNCTION commit_run_2(
            run_id text, expected bigint, new_status text, new_approval_status text, of_flow text, of_requester text,
            over boolean, wake bigint, grants text, submission text, created bigint, updated bigint, head_sequence bigint,
            head_hash text, state_schema bigint, new_state bytea,
            aggregates text[], sequences bigint[], times bigint[], kinds text[], actors text[], detail_texts text[],
            previouses text[], hashes text[],
            lanes text[], asking_runs text[], serial_keys text[], unique_keys text[], dues bigint[], effects bytea[],
            claimed bigint, wanted_then bigint, leased_until bigint,
            event_id text, event_name text, event_at bigint, event_key text, event_fingerprint text, kept_since bigint
        ) RETURNS text LANGUAGE plpgsql AS $$
        DECLARE
            other text;
            answer text;
        BEGIN
            IF event_key IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(1937337705, hashtext(event_key));
                SELECT run INTO other FROM run_events WHERE key = event_key AND at >= kept_since;
                IF FOUND THEN RETURN 'duplicate ' || other; END IF;
            END IF;
            answer := commit_run_1(
                run_id, expected, new_status, new_approval_status, of_flow, of_requester, over, wake, grants, submission,
                created, updated, head_sequence, head_hash, state_schema, new_state, aggregates, sequences, times, kinds,
                actors, detail_texts, previouses, hashes, lanes, asking_runs, serial_keys, unique_keys, dues, effects,
                claimed, wanted_then, leased_until
            );
            IF answer = '' AND event_id IS NOT NULL THEN
                UPDATE run_events SET key = NULL, fingerprint = NULL WHERE key = event_key;
                INSERT INTO run_events (id, run, name, at, key, fingerprint)
                VALUES (event_id, run_id, event_name, event_at, event_key, event_fingerprint);
            END IF;
            RETURN answer;
        END $$;
        """
}
