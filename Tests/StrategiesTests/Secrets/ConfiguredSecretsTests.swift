import ApprovalEngine
import FlowConfig
import Strategies
import Support
import Synchronization
import Testing

@Suite struct `Secrets that the configuration names` {
    private static let bytesMax = ConfiguredSecrets.bytesMax

    private func reader(
        _ source: SecretDefinition.Source, jsonKey: String? = nil, environment: [String: String] = [:],
        files: [String: [UInt8]] = [:]
    ) -> SecretReader {
        let configuration = Configuration(
            organization: Organization(slug: "acme"),
            secrets: [SecretDefinition(name: "signing", source: source, jsonKey: jsonKey)]
        )
        return ConfiguredSecrets(
            configuration: { configuration }, environment: environment, readFile: { path, _ in files[path] }
        ).reader
    }

    @Test func `are read from the environment`() throws {
        let reader = reader(.environment(variable: "SIGNING"), environment: ["SIGNING": "s3cret\n"])
        #expect(try reader.read("signing") == Secret("s3cret"))
        #expect(try reader.read("Signing") == Secret("s3cret"))
    }

    @Test func `are read from the file that the variable's twin names`() throws {
        let files = ["/run/signing": Array("from a file\n".utf8)]
        let twin = reader(
            .environment(variable: "SIGNING"), environment: ["SIGNING_FILE": "/run/signing"], files: files)
        #expect(try twin.read("signing") == Secret("from a file"))
        let both = reader(
            .environment(variable: "SIGNING"), environment: ["SIGNING": "direct", "SIGNING_FILE": "/run/signing"],
            files: files)
        #expect(try both.read("signing") == Secret("direct"))
    }

    @Test func `are read from a member of a JSON object`() throws {
        let files = ["/run/signing.json": Array(#"{"key": "inner", "other": "x"}"#.utf8)]
        #expect(
            try reader(.file(path: "/run/signing.json"), jsonKey: "key", files: files).read("signing")
                == Secret("inner"))
        #expect(throws: SecretError.self) {
            try reader(.file(path: "/run/signing.json"), jsonKey: "missing", files: files).read("signing")
        }
    }

    @Test func `count from the next use on when they are replaced`() throws {
        let content = Mutex("first")
        let configuration = Configuration(
            organization: Organization(slug: "acme"),
            secrets: [SecretDefinition(name: "signing", source: .file(path: "/run/signing"))]
        )
        let reader = ConfiguredSecrets(
            configuration: { configuration }, environment: [:],
            readFile: { _, _ in content.withLock { Array($0.utf8) } }
        ).reader
        #expect(try reader.read("signing") == Secret("first"))
        content.withLock { $0 = "second" }
        #expect(try reader.read("signing") == Secret("second"))
    }

    @Test func `that nobody configured are named`() {
        #expect(throws: SecretError.unknown(name: "other")) {
            try reader(.environment(variable: "SIGNING")).read("other")
        }
    }

    @Test(arguments: [
        ["SIGNING": ""], ["SIGNING": "\n"], [:], ["SIGNING_FILE": "/nowhere"],
        ["SIGNING": String(repeating: "x", count: bytesMax + 1)],
    ])
    func `that are not there are an error that names them`(environment: [String: String]) {
        let error = #expect(throws: SecretError.self) {
            try reader(.environment(variable: "SIGNING"), environment: environment).read("signing")
        }
        #expect(error?.reason.contains("\"signing\"") == true)
    }

    @Test(
        arguments: [
            ([0xff, 0xfe, 0x00], nil), (Array("hunter2 is no JSON".utf8), "key"),
            (Array(#"{"key": 7, "x": "hunter2"}"#.utf8), "key"),
        ] as [([UInt8], String?)])
    func `never stand in the message when they cannot be used`(content: [UInt8], jsonKey: String?) {
        expectSilence(about: content, jsonKey: jsonKey)
    }

    @Test func `never stand in the message when they are too long`() {
        expectSilence(about: Array(("hunter2" + String(repeating: "x", count: Self.bytesMax)).utf8), jsonKey: nil)
    }

    private func expectSilence(about content: [UInt8], jsonKey: String?) {
        let error = #expect(throws: SecretError.self) {
            try reader(.file(path: "/run/signing"), jsonKey: jsonKey, files: ["/run/signing": content]).read("signing")
        }
        #expect(error?.reason.contains("hunter2") == false)
        #expect(error?.reason.contains("/run/signing") == true)
    }
}
