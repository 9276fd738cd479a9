import ApprovalEngine
import AuditTrail
import Crypto
import FoundationEssentials
import Support

extension Command {
    static let audit = Command(
        name: "audit", operands: ["verify|export"],
        summary: "Check the audit chain, or write its records as JSON lines.",
        options: [
            Option("--database", "URL", DatabaseURL.help),
            Option("--expect-head", "CODE", "verify: fail unless the chain goes through this seal, noted down earlier"),
            Option("--since", "TIME", "export: only records of this time and later, as 2026-11-21T07:00:00Z"),
        ],
        details: """
            verify prints the code of the last seal: note it down somewhere else, and --expect-head will find out
            if the end of the trail was cut off since. It needs SYM_SECRET_KEY. Exit code 1 names the first bad record.
            """
    ) { options in
        var reader = EnvironmentReader()
        let url = try DatabaseURL.chosen(options, &reader)
        if case .sqlite(let path) = url, !FileManager.default.fileExists(atPath: path) {
            throw CommandError("There is no database \(path). Name it with --database sqlite:PATH.")
        }
        let store = try url.open()
        defer { store.close() }
        switch options.operands.first {
        case "verify":
            let text = reader.required("SYM_SECRET_KEY", "the key that the server runs with.")
            guard let key = Data(base64Encoded: text).flatMap({ MasterKey(bytes: Array($0)) }) else {
                throw CommandError(
                    "symflow audit verify needs the server's SYM_SECRET_KEY (32 bytes in base64) to check the seals."
                )
            }
            return try await AuditReader(store: store).verify(
                key: key.derived(for: AuditSeal.keyPurpose), expectedHead: options["--expect-head"]
            )
        case "export":
            var since: Timestamp?
            if let text = options["--since"] {
                guard let time = Timestamp(iso8601: text) else {
                    throw UsageError("\"\(text)\" is not a time such as 2026-11-21T07:00:00Z.")
                }
                since = time
            }
            return try await AuditReader(store: store).export(since: since)
        case let word?: throw UsageError("\"\(word)\" is neither verify nor export.")
        case nil: throw UsageError("say verify or export.")
        }
    }
}

/// Reads a whole audit trail in pages.
struct AuditReader {
    let store: any AuditStore

    private static let page = 1000

    func verify(key: [UInt8], expectedHead: String?) async throws -> Int32 {
        let found = try await check(key: key, expectedHead: expectedHead)
        Terminal.print(
            "\(found.records) records and \(found.seals) seals are intact; \(found.unsealed) records are not sealed yet."
        )
        Terminal.print("head \(found.head)")
        return 0
    }

    /// What a trail holds that is intact.
    struct Found: Equatable {
        var records: Int
        var seals: Int
        var unsealed: Int
        /// The code of the last seal.
        var head: String
    }

    /// - Throws: `CommandError` for a trail that is broken, or does not go through the seal.
    func check(key: [UInt8], expectedHead: String?) async throws -> Found {
        var verifier = AuditVerifier(key: key)
        var position: Int64 = 0
        var sealNumber: Int64 = 0
        var seals = try await store.seals(after: 0, limit: Self.page)[...]
        var heads: Set<String> = []
        do {
            while true {
                let records = try await store.records(after: position, limit: Self.page)
                for (place, record) in records {
                    try verifier.check(record, at: place)
                    position = place
                    while let seal = seals.first, seal.last <= place {
                        try verifier.check(seal)
                        heads.insert(seal.code)
                        sealNumber = seal.number
                        seals.removeFirst()
                        if seals.isEmpty { seals = try await store.seals(after: sealNumber, limit: Self.page)[...] }
                    }
                }
                if records.count < Self.page { break }
            }
            // A seal over records that are not there.
            for seal in seals { try verifier.check(seal) }
        } catch let finding as AuditFinding {
            throw CommandError("The audit trail is broken at \(finding)")
        }
        let (head, unsealed) = verifier.finish()
        if let expectedHead, !heads.contains(expectedHead) {
            throw CommandError(
                "The audit trail does not go through the seal \(expectedHead): its end was cut off, or it is another one."
            )
        }
        return Found(records: verifier.recordCount, seals: verifier.sealCount, unsealed: unsealed, head: head)
    }

    func export(since: Timestamp?) async throws -> Int32 {
        var position: Int64 = 0
        while true {
            let records = try await store.records(after: position, limit: Self.page)
            for (place, record) in records {
                position = place
                if let since, record.at < since { continue }
                Terminal.print(record.json.compact)
            }
            if records.count < Self.page { return 0 }
        }
    }
}
