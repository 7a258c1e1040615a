package sigv4

import "strings"

// Region is that of an AWS IoT endpoint, "" for other hosts, such as custom domains:
//
//	PREFIX-ats.iot.REGION.amazonaws.com, PREFIX.iot.REGION.amazonaws.com.cn, PREFIX.iot-fips.REGION.amazonaws.com,
//	PREFIX-ats.iot.REGION.api.aws, VPCE.data.iot.REGION.vpce.amazonaws.com
func Region(host string) string {
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	for i, label := range labels {
		if i == 0 || i+2 >= len(labels) || label != "iot" && label != "iot-fips" {
			continue
		}
		suffix := strings.Join(labels[i+2:], ".")
		switch strings.TrimPrefix(suffix, "vpce.") {
		case "amazonaws.com", "amazonaws.com.cn", "api.aws", "api.amazonwebservices.com.cn":
			if validRegion(labels[i+1]) {
				return labels[i+1]
			}
		}
	}
	return ""
}

// validRegion takes what looks like a region: words and at last a number, joined by hyphens.
func validRegion(s string) bool {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(s) > 32 {
		return false
	}
	for i, p := range parts {
		digits := i == len(parts)-1
		if p == "" || strings.ContainsFunc(p, func(r rune) bool {
			if digits {
				return r < '0' || r > '9'
			}
			return r < 'a' || r > 'z'
		}) {
			return false
		}
	}
	return true
}
