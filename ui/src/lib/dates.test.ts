import { describe, expect, it } from "vitest";

import { daysLeft, deadline, duration, longDate, longTime, shortDate, today } from "./dates";

const NOON = "2027-03-03T12:00:00Z";
const now = Date.parse("2026-11-23T12:00:00Z");

describe("dates", () => {
  it("puts the day first in English", () => {
    expect(longDate(NOON)).toBe("3 March 2027");
    expect(shortDate(NOON)).toBe("3 Mar 2027");
  });

  it("shows the end of a day as that day, in every zone", () => {
    expect(longTime("2027-03-03T23:59:59Z")).toBe("3 March 2027");
  });

  it("tells the time of day only where it is near", () => {
    expect(deadline(NOON, now)).toBe("3 March 2027");
    expect(deadline("2026-11-24T12:00:00Z", now)).toMatch(/^24 November 2026 at \d\d:\d\d$/);
  });

  it("names the day that this computer shows", () => {
    expect(today(now)).toBe("23 November 2026");
  });

  it("leaves what is no time as it is", () => {
    expect(longDate("soon")).toBe("soon");
  });

  it("counts whole days and never below none", () => {
    expect(daysLeft("2026-11-25T11:00:00Z", now)).toBe(1);
    expect(daysLeft("2026-11-20T11:00:00Z", now)).toBe(0);
  });

  it("tells a length in days, or in hours where it is no number of days", () => {
    expect(duration(3 * 86_400)).toBe("3 days");
    expect(duration(86_400)).toBe("1 day");
    expect(duration(36 * 3_600)).toBe("36 hours");
  });
});
