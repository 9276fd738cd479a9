import CPostgres

/// What `SYM_DATABASE_URL` says, looked at before libpq does: its complaints repeat what they complain about, and a
/// password with an unescaped `/` or `@` in it is taken for a port or a host.
enum ServerAddress {
    /// - Throws: without a word of the address.
    static func check(_ url: String) throws(PostgresError) {
        guard let options = PQconninfoParse(url, nil) else { throw unreadable }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "port", let value = option.pointee.val {
                let ports = String(cString: value).split(separator: ",", omittingEmptySubsequences: false)
                guard ports.allSatisfy({ $0.isEmpty || UInt16($0) != nil }) else { throw unreadable }
            }
            option += 1
        }
    }

    private static var unreadable: PostgresError {
        PostgresError(
            "connect",
            message: "the address cannot be read: in user and password, every character but letters, digits, -, ., _ "
                + "and ~ is written as % and two digits (/ is %2F, @ is %40), and a port is a number",
            isDefinite: false, wasSent: false
        )
    }
}
