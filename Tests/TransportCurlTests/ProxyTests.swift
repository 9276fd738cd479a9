import Testing

@testable import TransportCurl

// The environment cannot be changed while other tests read it, so what decides about the proxy is tested by itself.
@Suite struct `Loopback goes through no proxy` {
    @Test(arguments: [
        "http://127.0.0.1:8080/a", "http://127.9.9.9/", "https://localhost/", "http://LOCALHOST:1/",
        "http://a.localhost/",
        "http://[::1]:3000/", "http://user@127.0.0.1/",
    ])
    func `these are loopback`(url: String) throws { #expect(try RequestURL(url).isLoopback) }

    @Test(arguments: [
        "https://slack.com/api", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
        "http://127.0.0.1@example.com/", "http://[::2]/", "http://notlocalhost/",
    ])
    func `these are not`(url: String) throws { #expect(try !RequestURL(url).isLoopback) }
}
