import AdminClient
import HTTPModel
import Support
import TransportCurl

/// `symflow check --remote`: what a running server says of the resources that came through its API.
struct CheckRemote {
    private static let timeout: Duration = .seconds(60)
    private static let bodyBytesMax = 16 << 20

    private let address: APIAddress
    private let token: Secret

    /// - Throws: `CommandError` that names the variables that are missing or malformed.
    init(_ reader: EnvironmentReader = EnvironmentReader()) throws {
        var reader = reader
        let url = reader.required("SYM_API_URL", "where the API is, such as https://symflow.example/api/v1.")
        let token = reader.required("SYM_JWT", "an administrator's token.")
        let address = APIAddress(url)
        if address == nil, !url.isEmpty {
            reader.complain("SYM_API_URL is not an http or https address such as https://symflow.example/api/v1.")
        }
        guard reader.problems.isEmpty, let address else {
            throw CommandError(reader.problems.joined(separator: "\n"))
        }
        self.address = address
        self.token = Secret(token.trimmed)
    }

    /// - Returns: 0 where everything can run.
    func run() async throws -> Int32 {
        let report = try await fetch()
        for warning in messages(report, "warnings") { Terminal.complain("warning: \(warning)") }
        let problems = messages(report, "problems")
        guard problems.isEmpty else {
            for problem in problems { Terminal.complain(problem) }
            let count = problems.count
            throw CommandError("\(address.base) has \(count) problem\(count == 1 ? "" : "s").")
        }
        let flows = report["flows"]?.elements?.compactMap(\.text) ?? []
        let names = flows.joined(separator: ", ")
        Terminal.print(
            "\(address.base) is valid: \(flows.count) flow\(flows.count == 1 ? "" : "s") (\(names)).")
        return 0
    }

    private func messages(_ report: JSONValue, _ key: String) -> [String] {
        report[key]?.elements?.compactMap { $0["message"]?.text.map(Printable.text) } ?? []
    }

    private func fetch() async throws -> JSONValue {
        let transport = CurlTransport()
        defer { transport.shutdown() }
        let request = HTTPRequest(
            method: "GET", target: address.url("check"),
            headers: ["Authorization": token.reveal { "Bearer " + $0 }, "Accept": "application/json"]
        )
        let response: HTTPResponse
        do {
            response = try await transport.send(request, within: Self.timeout, bodyBytesMax: Self.bodyBytesMax)
        } catch { throw CommandError("\(address.base) does not answer: \(error)") }
        let body = try? JSONValue(parsing: response.bytes)
        guard response.status == 200, let body else {
            let message =
                body?["message"]?.text.map(Printable.text)
                ?? "It answered \(response.status), and nothing that can be read."
            throw CommandError("\(address.base): \(message)")
        }
        return body
    }
}
