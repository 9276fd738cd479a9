package import AuditTrail
package import Support

/// The audit trail as it is stored: records are written with the facts, seals behind them.
package protocol AuditStore: Sendable {
    /// Seals what no seal covers yet, at most `limit` records.
    ///
    /// - Returns: how many records the new seal covers; 0 when there was nothing to seal.
    func seal(limit: Int, at now: Timestamp, key: [UInt8]) async throws(StoreError) -> Int

    /// Records behind a position, in order, with their positions.
    func records(after position: Int64, limit: Int) async throws(StoreError) -> [(position: Int64, record: AuditRecord)]

    func records(of aggregate: String) async throws(StoreError) -> [AuditRecord]

    func seals(after number: Int64, limit: Int) async throws(StoreError) -> [AuditSeal]
}
