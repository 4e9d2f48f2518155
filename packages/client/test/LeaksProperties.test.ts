import { nothingLeaks } from "./suites/LeaksProperties.ts"

nothingLeaks(100)
