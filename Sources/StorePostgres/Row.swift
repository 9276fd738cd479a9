import CPostgres
import Support

/// A row of an answer, in PostgreSQL's binary format. Lent: it is gone with the answer.
struct Row: ~Copyable {
    private let answer: OpaquePointer
    private let number: Int32

    init(_ answer: OpaquePointer, _ number: Int32) {
        self.answer = answer
        self.number = number
    }

    func isNull(_ column: Int32) -> Bool { PQgetisnull(answer, number, column) != 0 }

    /// Of a `bigint`.
    func integer(_ column: Int32) -> Int64 {
        guard let start = PQgetvalue(answer, number, column), PQgetlength(answer, number, column) == 8 else { return 0 }
        return Int64(bigEndian: UnsafeRawPointer(start).loadUnaligned(as: Int64.self))
    }

    func flag(_ column: Int32) -> Bool {
        PQgetlength(answer, number, column) == 1 && PQgetvalue(answer, number, column)?.pointee == 1
    }

    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }
    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func blob(_ column: Int32) -> [UInt8] { Array(bytes(column)) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: PQgetvalue(answer, number, column), count: Int(PQgetlength(answer, number, column))
        )
    }
}
