// Reads objects of Kubernetes from stdin, prints for each what its operator would find at fault: null where its kind is
// of no package here, else the schema's complaints and the paths that no schema knows, which a cluster would drop.
import * as certManager from "@kubernetes-models/cert-manager/cert-manager.io/v1";
import * as cloudnativePg from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1";
import * as externalSecrets from "@kubernetes-models/external-secrets/external-secrets.io/v1";
import * as prometheus from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import * as strimzi from "@kubernetes-models/strimzi-kafka-operator/kafka.strimzi.io/v1";
import { readFileSync } from "node:fs";

const GROUPS = {
  "cert-manager.io/v1": certManager,
  "postgresql.cnpg.io/v1": cloudnativePg,
  "external-secrets.io/v1": externalSecrets,
  "monitoring.coreos.com/v1": prometheus,
  "kafka.strimzi.io/v1": strimzi,
};

// The validators are compiled from the operators' schemas and read each property these name, and no other.
function watched(value, path, read) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key);
      if (typeof key !== "string" || !Object.hasOwn(target, key)) return found;
      read.add(`${path}/${key}`);
      return watched(found, `${path}/${key}`, read);
    },
  });
}

function paths(value, path = "") {
  if (value === null || typeof value !== "object") return [];
  return Object.keys(value).flatMap((key) => [`${path}/${key}`, ...paths(value[key], `${path}/${key}`)]);
}

function faults(object) {
  const Kind = GROUPS[object.apiVersion]?.[object.kind];
  if (!Kind) return null;
  const read = new Set();
  const found = [];
  try {
    Kind.prototype.validate.call(watched(object, "", read));
  } catch (error) {
    found.push(error.message);
  }
  return [...found, ...paths(object).filter((path) => !read.has(path) && !open(path, read)).map((path) => `${path}: unknown`)];
}

// Beneath a property that is read and whose own properties are not, anything may stand: the schema says no more of it.
function open(path, read) {
  const above = path.slice(0, path.lastIndexOf("/"));
  return above !== "" && read.has(above) && ![...read].some((each) => each.startsWith(`${above}/`));
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(faults)));
