//! Which route a request takes: the one that says most about its path, then the one that names its method.

use std::collections::BTreeMap;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::template::Route;

/// The routes of an API.
#[derive(Debug)]
pub(crate) struct Routes {
    /// The most specific first.
    patterns: Vec<Pattern>,
    default: Option<Route>,
}

/// A route key that API Gateway would not take either.
#[derive(Debug, thiserror::Error)]
#[error("the route key {0:?} is malformed")]
pub struct RoutesError(String);

#[derive(Debug)]
struct Pattern {
    route: Route,
    /// Any method when there is none.
    method: Option<Method>,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

/// A route that fits a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match<'a> {
    pub(super) key: &'a str,
    pub(super) function: &'a str,
    pub(super) parameters: BTreeMap<&'a str, String>,
}

impl Routes {
    /// Reads the route keys.
    ///
    /// # Errors
    ///
    /// When a key is neither `$default` nor a method and a path.
    pub(crate) fn new(routes: &[Route]) -> Result<Self, RoutesError> {
        let mut patterns = Vec::new();
        let mut default = None;
        for route in routes {
            if route.key == "$default" {
                default = Some(route.clone());
            } else {
                patterns.push(Pattern::parse(route).ok_or_else(|| RoutesError(route.key.clone()))?);
            }
        }
        // A stable sort by specificity; of two equal paths, the one that names a method comes first.
        patterns.sort_by(|a, b| {
            let kinds = |pattern: &Pattern| pattern.segments.iter().map(Segment::rank).collect::<Vec<_>>();
            kinds(a)
                .cmp(&kinds(b))
                .then(a.method.is_none().cmp(&b.method.is_none()))
        });
        Ok(Self { patterns, default })
    }

    /// The route that fits, `$default` when none does.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Match<'_>> {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let fitting = self.patterns.iter().find_map(|pattern| {
            if pattern.method.as_ref().is_some_and(|wanted| wanted != method) {
                return None;
            }
            let parameters = pattern.matches(&segments)?;
            Some(Match {
                key: &pattern.route.key,
                function: &pattern.route.function,
                parameters,
            })
        });
        fitting.or_else(|| {
            self.default.as_ref().map(|route| Match {
                key: &route.key,
                function: &route.function,
                parameters: BTreeMap::new(),
            })
        })
    }
}

impl Pattern {
    fn parse(route: &Route) -> Option<Self> {
        let (method, path) = route.key.split_once(' ')?;
        let method = match method {
            "ANY" => None,
            method => Some(method.parse().ok()?),
        };
        let segments: Vec<_> = path
            .strip_prefix('/')?
            .split('/')
            .map(Segment::parse)
            .collect::<Option<_>>()?;
        let greedy = segments
            .iter()
            .position(|segment| matches!(segment, Segment::Greedy(_)));
        // A greedy segment takes the rest, so nothing can follow it.
        let last = segments.len().checked_sub(1);
        (greedy.is_none() || greedy == last).then(|| Self {
            route: route.clone(),
            method,
            segments,
        })
    }

    fn matches(&self, path: &[&str]) -> Option<BTreeMap<&str, String>> {
        let mut parameters = BTreeMap::new();
        let mut rest = path;
        for segment in &self.segments {
            let (first, others) = rest.split_first()?;
            match segment {
                Segment::Literal(literal) if literal == first => {}
                Segment::Literal(_) => return None,
                Segment::Parameter(_) if first.is_empty() => return None,
                Segment::Parameter(name) => {
                    parameters.insert(name.as_str(), decode(first));
                }
                Segment::Greedy(name) => {
                    parameters.insert(name.as_str(), decode(&rest.join("/")));
                    return Some(parameters);
                }
            }
            rest = others;
        }
        rest.is_empty().then_some(parameters)
    }
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        let Some(name) = text.strip_prefix('{') else {
            return (!text.contains(['{', '}'])).then(|| Self::Literal(text.into()));
        };
        let name = name.strip_suffix('}')?;
        match name.strip_suffix('+') {
            Some("") => None,
            Some(name) => Some(Self::Greedy(name.into())),
            None => (!name.is_empty()).then(|| Self::Parameter(name.into())),
        }
    }

    /// The lower, the more the segment says about its path, and the more API Gateway prefers its route.
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Routes {
        let routes: Vec<_> = keys
            .iter()
            .map(|key| Route {
                key: (*key).into(),
                function: (*key).into(),
            })
            .collect();
        Routes::new(&routes).unwrap()
    }

    fn taken(routes: &Routes, method: &str, path: &str) -> Option<String> {
        routes
            .find(&method.parse().unwrap(), path)
            .map(|found| found.key.to_owned())
    }

    #[test]
    fn the_most_specific_route_wins_whatever_their_order() {
        let routes = routes(&[
            "ANY /{rest+}",
            "GET /jobs/{id}",
            "GET /jobs/mine",
            "ANY /jobs/mine",
            "POST /jobs/{id}",
        ]);
        for (method, path, key) in [
            ("GET", "/jobs/mine", "GET /jobs/mine"),
            ("PUT", "/jobs/mine", "ANY /jobs/mine"),
            ("GET", "/jobs/1", "GET /jobs/{id}"),
            ("POST", "/jobs/1", "POST /jobs/{id}"),
            ("PUT", "/jobs/1", "ANY /{rest+}"),
            ("GET", "/a/b/c", "ANY /{rest+}"),
        ] {
            assert_eq!(taken(&routes, method, path).as_deref(), Some(key), "{method} {path}");
        }
    }

    #[test]
    fn an_unknown_path_or_method_takes_the_default_route_or_none() {
        let with = routes(&["GET /jobs", "$default"]);
        let without = routes(&["GET /jobs"]);
        for (method, path) in [
            ("GET", "/jobs/"),
            ("GET", "/"),
            ("POST", "/jobs"),
            ("HEAD", "/jobs"),
            ("GET", "/jobs/1"),
        ] {
            assert_eq!(
                taken(&with, method, path).as_deref(),
                Some("$default"),
                "{method} {path}"
            );
            assert_eq!(taken(&without, method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let routes = routes(&["GET /jobs/{id}/files/{file+}"]);
        let found = routes.find(&Method::GET, "/jobs/a%2Fb%20c/files/x/y%C3%A9").unwrap();
        assert_eq!(
            found.parameters,
            BTreeMap::from([("id", "a/b c".to_owned()), ("file", "x/yé".to_owned())])
        );
    }

    #[test]
    fn a_malformed_key_is_refused() {
        for key in [
            "GET",
            "GET jobs",
            "GET /jobs/{}",
            "GET /jobs/{id",
            "GET /{rest+}/more",
            "GET /a{b}",
        ] {
            let route = Route {
                key: key.into(),
                function: String::new(),
            };
            assert!(Routes::new(&[route]).is_err(), "{key}");
        }
    }
}
