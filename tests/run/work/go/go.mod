module work.test/work

go 1.19
